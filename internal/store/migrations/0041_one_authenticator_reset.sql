-- +goose Up
-- A request may be for one of a person's authenticators. Not compatible: the program before would take it for a request
-- to delete all of them.
ALTER TABLE reset_requests ADD COLUMN only_id   TEXT NOT NULL DEFAULT ''; -- '' for the whole setup
ALTER TABLE reset_requests ADD COLUMN only_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE reset_requests ADD COLUMN only_name TEXT NOT NULL DEFAULT ''; -- as it was when the request was made
