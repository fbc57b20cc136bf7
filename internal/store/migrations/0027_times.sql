-- +goose Up
-- When something that concerns the whole portal last happened.
CREATE TABLE portal_times (
    name TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL -- milliseconds
);
