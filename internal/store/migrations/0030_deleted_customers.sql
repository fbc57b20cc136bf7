-- +goose Up
-- Customers can be deleted, some time after an operator has asked for it.
ALTER TABLE customers ADD COLUMN delete_at     BIGINT  NOT NULL DEFAULT 0;     -- when the deletion begins; 0 for never
ALTER TABLE customers ADD COLUMN delete_reason TEXT    NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN deleting      BOOLEAN NOT NULL DEFAULT FALSE; -- it has begun, and cannot be cancelled

-- What is left of a deleted customer, while its audit log is kept.
CREATE TABLE deleted_customers (
    customer_id  TEXT   NOT NULL PRIMARY KEY,
    slug         TEXT   NOT NULL UNIQUE, -- no other customer gets it
    deleted_at   BIGINT NOT NULL,
    audit_months BIGINT NOT NULL -- for how long its log keeps events
);

-- A login ID that is held back may outlive the customer of the person who had it.
CREATE TABLE held_login_ids_now (
    login_key   TEXT   NOT NULL PRIMARY KEY, -- canonical form
    customer_id TEXT   NOT NULL,
    user_id     TEXT   REFERENCES users (id) ON DELETE SET NULL, -- who had it, and may take it back; NULL once deleted
    free_at     BIGINT NOT NULL
);
INSERT INTO held_login_ids_now (login_key, customer_id, user_id, free_at)
    SELECT login_key, customer_id, user_id, free_at FROM held_login_ids;
DROP TABLE held_login_ids;
ALTER TABLE held_login_ids_now RENAME TO held_login_ids;
CREATE INDEX held_login_ids_by_time ON held_login_ids (free_at);
CREATE INDEX held_login_ids_by_user ON held_login_ids (user_id);
