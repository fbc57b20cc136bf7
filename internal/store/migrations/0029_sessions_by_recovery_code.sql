-- +goose Up
-- A session that a recovery code opened may set up a new authenticator in place
-- of the lost one, without another code: within ten minutes, and once.
ALTER TABLE sessions ADD COLUMN recovered BOOLEAN NOT NULL DEFAULT FALSE;
