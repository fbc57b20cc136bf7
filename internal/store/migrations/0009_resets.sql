-- +goose Up
-- Deleting somebody else's 2FA setup is a request with a life.

CREATE TABLE reset_requests (
    id             TEXT    NOT NULL PRIMARY KEY,
    customer_id    TEXT    NOT NULL REFERENCES customers (id),
    target_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    target_name    TEXT    NOT NULL, -- name and login ID, as they were
    factor_id      TEXT    NOT NULL, -- of the setup then; empty for a new one-time code alone
    by_kind        TEXT    NOT NULL,
    by_id          TEXT    NOT NULL, -- empty for the command line
    by_customer    TEXT    NOT NULL,
    by_role        TEXT    NOT NULL,
    by_name        TEXT    NOT NULL,
    by_login       TEXT    NOT NULL,
    by_address     TEXT    NOT NULL,
    by_browser     TEXT    NOT NULL,
    by_epoch       BIGINT  NOT NULL, -- of that account then: a change of it ends the request
    reason         TEXT    NOT NULL,
    rule           TEXT    NOT NULL, -- JSON: what was asked for then
    alone          BOOLEAN NOT NULL, -- nobody could approve then
    hand_over      BOOLEAN NOT NULL, -- the one-time code is shown, not mailed
    phrase         TEXT    NOT NULL, -- that the person finds in the mail
    asked_at       BIGINT  NOT NULL,
    proof_kind     TEXT    NOT NULL, -- empty without one
    proof_text     TEXT    NOT NULL,
    proof_by       TEXT    NOT NULL,
    proof_name     TEXT    NOT NULL,
    proof_at       BIGINT  NOT NULL,
    approved_by    TEXT    NOT NULL, -- empty while nobody has
    approved_epoch BIGINT  NOT NULL,
    approved_name  TEXT    NOT NULL,
    approved_at    BIGINT  NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'done', 'cancelled', 'expired')),
    ended_at       BIGINT  NOT NULL,
    ended_by       TEXT    NOT NULL,
    ended_why      TEXT    NOT NULL,
    look_at        BIGINT  NOT NULL, -- when it comes to the next step by itself
    call_hash      TEXT    NOT NULL, -- of the code that is read back, a PHC string
    call_until     BIGINT  NOT NULL,
    call_tries     BIGINT  NOT NULL, -- of that code
    calls          BIGINT  NOT NULL, -- codes that were mailed
    code_shown_at  BIGINT  NOT NULL, -- the one-time code was handed over; 0 when not
    frozen         BOOLEAN NOT NULL, -- it froze the person's account, which whoever asked cannot reactivate
    flagged_at     BIGINT  NOT NULL  -- something was odd afterwards; 0 when nothing
);
-- Two requests for one person at once do not exist.
CREATE UNIQUE INDEX reset_requests_open ON reset_requests (target_id) WHERE state = 'open';
CREATE INDEX reset_requests_by_customer ON reset_requests (customer_id, asked_at, id);
CREATE INDEX reset_requests_by_target   ON reset_requests (target_id, asked_at);
CREATE INDEX reset_requests_by_asker    ON reset_requests (by_id, asked_at);
CREATE INDEX reset_requests_to_look_at  ON reset_requests (look_at) WHERE state = 'open';

-- After a reset by a policy that says so: the one-time code that the next
-- log-in needs beside the password. What demands it is users.must_set_up.
CREATE TABLE reset_codes (
    user_id    TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hashing    TEXT   NOT NULL, -- salt and parameters, a PHC string
    hash       BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);
ALTER TABLE users ADD COLUMN must_set_up      BOOLEAN NOT NULL DEFAULT FALSE;
-- What is new proves nothing for a while: an address, a role, an account.
ALTER TABLE users ADD COLUMN email_changed_at    BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN standing_changed_at BIGINT NOT NULL DEFAULT 0; -- role or status

-- After a relaxation, the policy of resets from before holds on for a while.
CREATE TABLE reset_holds (
    customer_id TEXT   NOT NULL PRIMARY KEY REFERENCES customers (id),
    policy      TEXT   NOT NULL, -- JSON
    until       BIGINT NOT NULL
);
