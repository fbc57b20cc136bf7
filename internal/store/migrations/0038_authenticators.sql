-- +goose Up
-- A person has a list of authenticators. 2FA is enabled if one of them is in force, and disabled if all are kept and
-- none is in force.
CREATE TABLE authenticators (
    id              TEXT    NOT NULL PRIMARY KEY,
    user_id         TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind            TEXT    NOT NULL, -- 'totp' or 'passkey'; anything else lets nobody in
    name            TEXT    NOT NULL, -- as typed; '' for the first app, which pages name
    secret          BYTEA   NOT NULL, -- sealed; empty for a passkey
    enabled         BOOLEAN NOT NULL, -- in force
    last_step       BIGINT  NOT NULL, -- the newest time step used up, never lowered
    created_at      BIGINT  NOT NULL,
    last_used_at    BIGINT  NOT NULL, -- 0 when never
    -- Of a passkey.
    credential_id   BYTEA,
    public_key      BYTEA,
    rp_id           TEXT    NOT NULL DEFAULT '',
    sign_count      BIGINT  NOT NULL DEFAULT 0,
    backup_eligible BOOLEAN NOT NULL DEFAULT FALSE,
    backed_up       BOOLEAN NOT NULL DEFAULT FALSE,
    aaguid          BYTEA,
    transports      TEXT    NOT NULL DEFAULT ''
);
INSERT INTO authenticators (id, user_id, kind, name, secret, enabled, last_step, created_at, last_used_at)
    SELECT id, user_id, kind, '', secret, enabled, last_step, created_at, 0 FROM factors;
DROP TABLE factors;
-- The check of a session reads nothing else of an authenticator.
CREATE INDEX authenticators_by_user ON authenticators (user_id, enabled, id);
CREATE UNIQUE INDEX authenticators_by_credential ON authenticators (credential_id) WHERE credential_id IS NOT NULL;

ALTER TABLE users ADD COLUMN passkey_handle BYTEA; -- by which a passkey names its person; NULL without one
CREATE UNIQUE INDEX users_by_passkey_handle ON users (passkey_handle) WHERE passkey_handle IS NOT NULL;

ALTER TABLE enrolments ADD COLUMN replaces TEXT NOT NULL DEFAULT ''; -- the authenticator that moves to a new phone
