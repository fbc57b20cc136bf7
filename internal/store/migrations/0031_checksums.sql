-- +goose Up
-- What each migration was when it was applied, so that a program notices a
-- database of another one; and whether a program that does not know the
-- migration goes on working beside it. Those from before are filled in with
-- this one: see migrate.go.
ALTER TABLE goose_db_version ADD COLUMN checksum   TEXT    NOT NULL DEFAULT '';
ALTER TABLE goose_db_version ADD COLUMN compatible BOOLEAN NOT NULL DEFAULT FALSE;
