-- compatible: new columns with a default. The version before writes the English text beside them alone, which is shown then.
-- +goose Up
-- Texts of the portal's own, a second time: as messages, so that pages tell them in the reader's language.
ALTER TABLE events         ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- what details says
ALTER TABLE event_counts   ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- what details says
ALTER TABLE imports        ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- what stopped says
ALTER TABLE import_refused ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- what reason says
