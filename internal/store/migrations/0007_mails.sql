-- +goose Up
-- Mails that are to be sent. Each is written in the transaction of what it tells
-- of, and deleted once the mail server has taken it.
CREATE TABLE mails (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    bulk       BOOLEAN NOT NULL, -- goes out after those that somebody waits for
    sealed     BYTEA   NOT NULL, -- what it says, which may hold a link
    created_at BIGINT  NOT NULL,
    due_at     BIGINT  NOT NULL, -- when it is tried next; whoever takes it moves this ahead
    attempts   BIGINT  NOT NULL, -- that failed
    problem    TEXT    NOT NULL  -- of the last of them
);
CREATE INDEX mails_due     ON mails (bulk, due_at, id);
CREATE INDEX mails_by_user ON mails (user_id, kind);

-- Invitations of an import wait there too.
ALTER TABLE imports DROP COLUMN unmailed;
