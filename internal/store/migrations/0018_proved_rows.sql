-- +goose Up
-- Rows that the portal acts on later bear a MAC under a key that is not in the
-- database: see docs/decisions/audit-log.md.
ALTER TABLE event_counts   ADD COLUMN mac BYTEA;
ALTER TABLE reset_requests ADD COLUMN mac BYTEA;

-- Events that the portal did not write, as doctor counts them.
CREATE INDEX events_unattested ON events (customer_id, number) WHERE number >= 0 AND NOT attested;
