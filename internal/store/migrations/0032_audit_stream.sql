-- compatible: the program before neither reads nor writes this table and this column.
-- +goose Up
-- Which node sends the events of all logs elsewhere, and how far each was sent.
CREATE TABLE audit_stream (
    one    BOOLEAN NOT NULL PRIMARY KEY CHECK (one), -- there is one row, from the first start that sends
    node   TEXT    NOT NULL,                         -- ID of the node that sends; empty if none does
    leased BIGINT  NOT NULL                          -- until when no other node sends
);

ALTER TABLE audit_logs ADD COLUMN sent BIGINT NOT NULL DEFAULT 0; -- number of the first event that was not sent
