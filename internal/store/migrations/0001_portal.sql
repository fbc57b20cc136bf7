-- +goose Up
-- One text for SQLite and PostgreSQL: TEXT ids made in Go, times as
-- milliseconds since 1970 in BIGINT, keys normalised in Go.

CREATE TABLE customers (
    id         TEXT   NOT NULL PRIMARY KEY,
    slug       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- The provider itself, to which the operators belong.
INSERT INTO customers (id, slug, name, created_at) VALUES ('provider', 'provider', 'Portico', 0);

CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    customer_id   TEXT   NOT NULL REFERENCES customers (id),
    login_id      TEXT   NOT NULL, -- as typed; empty while invited without one
    login_key     TEXT   NOT NULL, -- canonical form, see auth.CanonicalLoginID
    first_name    TEXT   NOT NULL,
    last_name     TEXT   NOT NULL,
    name_key      TEXT   NOT NULL, -- what lists sort by
    email         TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('user', 'helpdesk', 'administrator', 'operator')),
    labels        TEXT   NOT NULL, -- separated by semicolons
    status        TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
    password_hash TEXT   NOT NULL, -- PHC string; empty while invited
    epoch         BIGINT NOT NULL, -- raised whenever everything issued before must end
    created_at    BIGINT NOT NULL,
    last_login_at BIGINT NOT NULL, -- 0 when never
    CHECK ((role = 'operator') = (customer_id = 'provider')),
    CHECK (status <> 'active' OR (login_key <> '' AND password_hash <> ''))
);
CREATE UNIQUE INDEX users_login_key ON users (login_key) WHERE login_key <> '';
CREATE INDEX users_by_name ON users (customer_id, name_key, id);

CREATE TABLE factors (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL, -- 'totp'; anything else lets nobody in
    secret     BYTEA   NOT NULL, -- sealed
    enabled    BOOLEAN NOT NULL,
    last_step  BIGINT  NOT NULL, -- the newest time step used up, never lowered
    created_at BIGINT  NOT NULL
);

CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY, -- stays when the token is exchanged
    token_hash   BYTEA  NOT NULL UNIQUE,
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL, -- to the minute
    confirmed_at BIGINT NOT NULL, -- when password and code were last proved
    address      TEXT   NOT NULL,
    browser      TEXT   NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE pending_logins (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch      BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_logins_by_user ON pending_logins (user_id);
CREATE INDEX pending_logins_by_expiry ON pending_logins (expires_at);

-- A set-up in progress belongs to one session.
CREATE TABLE enrolments (
    session_id TEXT    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kept       BOOLEAN NOT NULL, -- proves the kept key anew; secret is empty then
    secret     BYTEA   NOT NULL, -- sealed
    expires_at BIGINT  NOT NULL
);
CREATE INDEX enrolments_by_user ON enrolments (user_id);

CREATE TABLE links (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('activate', 'password')),
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch      BIGINT NOT NULL, -- of the person when it was made: any change since ends it
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_by_user ON links (user_id, kind);

CREATE TABLE imports (
    id          TEXT    NOT NULL PRIMARY KEY,
    customer_id TEXT    NOT NULL REFERENCES customers (id),
    user_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    content     BYTEA   NOT NULL,
    invite      BOOLEAN NOT NULL,
    expires_at  BIGINT  NOT NULL
);

-- Events hold names as they were and refer to nothing, so that they outlive
-- what they tell of.
CREATE TABLE events (
    id          TEXT   NOT NULL PRIMARY KEY,
    customer_id TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    action      TEXT   NOT NULL,
    actor_kind  TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    actor_login TEXT   NOT NULL,
    actor_role  TEXT   NOT NULL,
    target_id   TEXT   NOT NULL,
    target_name TEXT   NOT NULL,
    details     TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    browser     TEXT   NOT NULL
);
CREATE INDEX events_by_time ON events (customer_id, at, id);
