-- +goose Up
-- Each customer's events as a Merkle tree with signed checkpoints: see
-- docs/decisions/audit-log.md. An event gets its number after its commit.

ALTER TABLE events ADD COLUMN number   BIGINT  NOT NULL DEFAULT -1;    -- in the customer's log, from 0; -1 before it has one
ALTER TABLE events ADD COLUMN salt     BYTEA;                          -- so that a hash tells nothing once the event is deleted
ALTER TABLE events ADD COLUMN mac      BYTEA;                          -- that the portal wrote it, until it has a number
ALTER TABLE events ADD COLUMN attested BOOLEAN NOT NULL DEFAULT FALSE; -- the mac was right then
CREATE INDEX events_unnumbered       ON events (customer_id, at, id)  WHERE number < 0;
CREATE UNIQUE INDEX events_by_number ON events (customer_id, number) WHERE number >= 0;

CREATE TABLE audit_logs (
    customer_id TEXT   NOT NULL PRIMARY KEY,
    checkpoint  TEXT   NOT NULL, -- the newest, signed; all that is known of the log's size
    mailed_at   BIGINT NOT NULL  -- to the administrators
);

-- Hashes of the tree, 256 a row, in the layout of golang.org/x/mod/sumdb/tlog.
-- They stay when events are deleted.
CREATE TABLE audit_tiles (
    customer_id TEXT   NOT NULL,
    level       BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    hashes      BYTEA  NOT NULL,
    PRIMARY KEY (customer_id, level, n)
);
