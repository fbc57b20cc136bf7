-- compatible: the program before neither reads nor writes this table.
-- +goose Up
-- Programs that serve the portal, and the keys that each holds: a rotation waits
-- until all of them hold the new one.
CREATE TABLE nodes (
    id         TEXT   NOT NULL PRIMARY KEY, -- random, another one at each start
    name       TEXT   NOT NULL,             -- host and address
    holds      TEXT   NOT NULL,             -- IDs of its keys
    seals_with BIGINT NOT NULL,             -- ID of its primary key
    seen_at    BIGINT NOT NULL
);
