-- +goose Up
-- Login IDs that nobody has any more. Applications know people by them, so that
-- a stranger gets none of them for a while.
CREATE TABLE held_login_ids (
    login_key   TEXT   NOT NULL PRIMARY KEY, -- canonical form
    customer_id TEXT   NOT NULL REFERENCES customers (id),
    user_id     TEXT   REFERENCES users (id) ON DELETE SET NULL, -- who had it, and may take it back; NULL once deleted
    free_at     BIGINT NOT NULL
);
CREATE INDEX held_login_ids_by_time ON held_login_ids (free_at);
CREATE INDEX held_login_ids_by_user ON held_login_ids (user_id);
