-- +goose Up
-- Against guessing and for what a lost phone or password needs.

-- Failures of log-in, by what they are counted for: see auth/throttle.go.
CREATE TABLE throttle (
    bucket     TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    user_id    TEXT    NOT NULL, -- whose; empty when nobody's
    in_a_row   BIGINT  NOT NULL, -- since the last success
    recent     BYTEA   NOT NULL, -- times of the failures that still count
    closed     BOOLEAN NOT NULL, -- until the password is changed
    failed_at  BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX throttle_by_user ON throttle (user_id);
CREATE INDEX throttle_by_failure ON throttle (kind, failed_at);
CREATE INDEX throttle_by_expiry ON throttle (expires_at);

-- Browsers in which a person has logged in. They have failures of their own,
-- so that a stranger's do not keep the person out.
CREATE TABLE browsers (
    id            TEXT   NOT NULL PRIMARY KEY,
    user_id       TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash    BYTEA  NOT NULL,
    factor_id     TEXT   NOT NULL, -- the authenticator that was proved there; empty when none
    failures      BIGINT NOT NULL, -- in a row
    created_at    BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    trusted_until BIGINT NOT NULL, -- no code is asked for before; 0 when never
    trust_epoch   BIGINT NOT NULL, -- of the person when it was trusted
    address       TEXT   NOT NULL,
    browser       TEXT   NOT NULL,
    UNIQUE (user_id, token_hash)
);
CREATE INDEX browsers_by_token ON browsers (token_hash);

-- Recovery codes share one salt a set, so that one hash tries them all.
CREATE TABLE recovery_sets (
    user_id     TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hashing     TEXT   NOT NULL, -- salt and parameters, a PHC string
    created_at  BIGINT NOT NULL,
    session_id  TEXT   NOT NULL, -- that may still see the codes; empty when none
    shown       BYTEA  NOT NULL, -- the codes, sealed, until they were saved
    shown_until BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    user_id TEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    BYTEA NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Values of the portal itself that every node needs, sealed.
CREATE TABLE portal_secrets (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

-- The browser that gave the password; another one cannot go on.
ALTER TABLE pending_logins ADD COLUMN browser_hash BYTEA;

ALTER TABLE users ADD COLUMN password_expired BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE customers ADD COLUMN remember_browsers BOOLEAN NOT NULL DEFAULT FALSE;

-- Two more kinds of links. What "This wasn't me" ends does not end the link.
CREATE TABLE links_now (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('activate', 'password', 'unlock', 'not-me')),
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT   NOT NULL, -- where it was mailed to
    epoch      BIGINT NOT NULL, -- of the person when it was made: any change since ends it
    expires_at BIGINT NOT NULL
);
INSERT INTO links_now (token_hash, kind, user_id, email, epoch, expires_at)
    SELECT l.token_hash, l.kind, l.user_id, u.email, l.epoch, l.expires_at FROM links l JOIN users u ON u.id = l.user_id;
DROP TABLE links;
ALTER TABLE links_now RENAME TO links;
CREATE INDEX links_by_user ON links (user_id, kind);
CREATE INDEX links_by_expiry ON links (expires_at);
