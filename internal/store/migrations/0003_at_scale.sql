-- +goose Up
-- Customers with a brand, doors and a policy; lists that find and count people
-- as fast among a million as among ten.

ALTER TABLE customers ADD COLUMN brand        TEXT    NOT NULL DEFAULT ''; -- in place of the name in apps, and of "Portico"
ALTER TABLE customers ADD COLUMN logo         TEXT    NOT NULL DEFAULT ''; -- hash of the picture in logos
ALTER TABLE customers ADD COLUMN name_key     TEXT    NOT NULL DEFAULT ''; -- what lists sort by
ALTER TABLE customers ADD COLUMN suspended_at BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN ended_at     BIGINT  NOT NULL DEFAULT 0;  -- what was issued until then no longer counts
ALTER TABLE customers ADD COLUMN closed       BOOLEAN NOT NULL DEFAULT FALSE; -- to operators
ALTER TABLE customers ADD COLUMN open_until   BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN policy       TEXT    NOT NULL DEFAULT ''; -- JSON; empty: the provider's
UPDATE customers SET policy = '{"remember_browsers":true}' WHERE remember_browsers;
ALTER TABLE customers DROP COLUMN remember_browsers;
CREATE INDEX customers_by_name ON customers (name_key, id);

CREATE TABLE logos (
    customer_id TEXT  NOT NULL PRIMARY KEY REFERENCES customers (id),
    hash        TEXT  NOT NULL, -- of the picture, which is its address
    png         BYTEA NOT NULL
);
CREATE INDEX logos_by_hash ON logos (hash);

-- A copy for lists to find people by. Log-in reads the factor alone.
ALTER TABLE users ADD COLUMN two_factor    TEXT   NOT NULL DEFAULT 'none';
ALTER TABLE users ADD COLUMN exempt_until  BIGINT NOT NULL DEFAULT 0; -- from the customer's demand for 2FA
ALTER TABLE users ADD COLUMN exempt_reason TEXT   NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN reminded_at   BIGINT NOT NULL DEFAULT 0; -- of that demand
UPDATE users SET two_factor = COALESCE((SELECT CASE WHEN f.enabled THEN 'enabled' ELSE 'disabled' END FROM factors f WHERE f.user_id = users.id), 'none');
-- Lists walk one index for each order, by kind, so that a filter is a kind or
-- several. The name alone has none: each index is a page more to write for
-- everybody who is imported.
DROP INDEX users_by_name;
CREATE INDEX users_by_name       ON users (customer_id, status, two_factor, name_key);
CREATE INDEX users_by_login      ON users (customer_id, status, two_factor, login_key);
CREATE INDEX users_by_last_login ON users (customer_id, status, two_factor, last_login_at, id);
CREATE INDEX users_by_role       ON users (customer_id, role, id) WHERE role <> 'user';

-- How many people a customer has of each kind.
CREATE TABLE people_counts (
    customer_id TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    two_factor  TEXT   NOT NULL,
    people      BIGINT NOT NULL,
    PRIMARY KEY (customer_id, role, status, two_factor)
);
INSERT INTO people_counts (customer_id, role, status, two_factor, people)
    SELECT customer_id, role, status, two_factor, COUNT(*) FROM users GROUP BY customer_id, role, status, two_factor;

-- Who is locked out, for the customer's administrators to see.
ALTER TABLE throttle ADD COLUMN customer_id  TEXT   NOT NULL DEFAULT '';
ALTER TABLE throttle ADD COLUMN locked_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX throttle_by_lock ON throttle (customer_id, locked_until);

CREATE INDEX events_by_action ON events (customer_id, action, at, id);
CREATE INDEX events_by_target ON events (customer_id, target_id, at, id);
CREATE INDEX events_by_actor  ON events (customer_id, actor_id, at, id);
