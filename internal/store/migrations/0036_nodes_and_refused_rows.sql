-- compatible: new columns with a default. The version before leaves them as they are.
-- +goose Up
-- The settings that a node was started with and that all nodes have to share, as
-- JSON: the doctor compares them. '' is those of a node of the version before.
ALTER TABLE nodes ADD COLUMN settings TEXT NOT NULL DEFAULT '';
-- Whether the file of an import had the person as suspended, so that the row, once
-- it is corrected, does not make an active one. '' is no, or not known.
ALTER TABLE import_refused ADD COLUMN status TEXT NOT NULL DEFAULT '';
