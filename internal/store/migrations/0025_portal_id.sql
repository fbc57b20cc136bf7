-- +goose Up
-- The ID of the portal, by which a data directory knows its database. serve makes
-- it at the first start.
CREATE TABLE portal_id (
    one BOOLEAN NOT NULL PRIMARY KEY CHECK (one), -- there is one row
    id  TEXT    NOT NULL
);
