-- +goose Up
-- How often the mail address was changed, and at which of these changes an
-- administrator made it: a "This wasn't me" link from before that counts no more.
ALTER TABLE users ADD COLUMN address_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN address_settled BIGINT NOT NULL DEFAULT 0;

-- Two more kinds of links: to confirm a new address, and to report that an
-- address was replaced. A link remembers the version of the address and when it
-- was made; 0 for links from before, which no suspension of a customer outlives.
CREATE TABLE links_now (
    token_hash      BYTEA  NOT NULL PRIMARY KEY,
    kind            TEXT   NOT NULL CHECK (kind IN ('activate', 'password', 'unlock', 'not-me', 'email', 'report')),
    user_id         TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email           TEXT   NOT NULL, -- where it was mailed to
    epoch           BIGINT NOT NULL, -- of the person when it was made
    address_version BIGINT NOT NULL, -- of the person when it was made
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
INSERT INTO links_now (token_hash, kind, user_id, email, epoch, address_version, made_at, expires_at)
    SELECT l.token_hash, l.kind, l.user_id, l.email, l.epoch, 0, 0, l.expires_at FROM links l;
DROP TABLE links;
ALTER TABLE links_now RENAME TO links;
CREATE INDEX links_by_user ON links (user_id, kind);
CREATE INDEX links_by_expiry ON links (expires_at);
