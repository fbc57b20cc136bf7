-- +goose Up
-- What an import's page says of its file: its encoding, and the columns that
-- were ignored. And whom it created and did not invite: their IDs take the
-- place of the chunks that were run.
ALTER TABLE imports ADD COLUMN encoding  TEXT    NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN ignored   TEXT    NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN uninvited BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN inviting  BOOLEAN NOT NULL DEFAULT FALSE; -- in the phase running: sends invitations to these

-- The row as it was sent, as JSON, so that it can be corrected and sent again.
ALTER TABLE import_refused ADD COLUMN sent TEXT NOT NULL DEFAULT '';

-- Rows of a file that leave the login ID to the person are about whoever has
-- the e-mail address.
CREATE INDEX users_by_email ON users (customer_id, email);
