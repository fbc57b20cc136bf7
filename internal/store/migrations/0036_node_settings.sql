-- compatible: a new column with a default. The version before leaves it as it is.
-- +goose Up
-- The settings that a node was started with and that all nodes have to share, as
-- JSON: the doctor compares them. '' is those of a node of the version before.
ALTER TABLE nodes ADD COLUMN settings TEXT NOT NULL DEFAULT '';
