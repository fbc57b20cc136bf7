-- Written by PORTICOTEST_SCHEMA=write go test -run TestNewFileIsAsMigrated ./internal/store
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	, checksum   TEXT    NOT NULL DEFAULT '', compatible BOOLEAN NOT NULL DEFAULT FALSE);
CREATE TABLE customers (
    id         TEXT   NOT NULL PRIMARY KEY,
    slug       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
, brand        TEXT    NOT NULL DEFAULT '', logo         TEXT    NOT NULL DEFAULT '', suspended_at BIGINT  NOT NULL DEFAULT 0, ended_at     BIGINT  NOT NULL DEFAULT 0, closed       BOOLEAN NOT NULL DEFAULT FALSE, open_until   BIGINT  NOT NULL DEFAULT 0, policy       TEXT    NOT NULL DEFAULT '', accent TEXT NOT NULL DEFAULT '', name_sort BYTEA NOT NULL DEFAULT x'', delete_at     BIGINT  NOT NULL DEFAULT 0, delete_reason TEXT    NOT NULL DEFAULT '', deleting      BOOLEAN NOT NULL DEFAULT FALSE, language TEXT NOT NULL DEFAULT '');
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
    last_login_at BIGINT NOT NULL, password_expired BOOLEAN NOT NULL DEFAULT FALSE, two_factor    TEXT   NOT NULL DEFAULT 'none', exempt_until  BIGINT NOT NULL DEFAULT 0, exempt_reason TEXT   NOT NULL DEFAULT '', reminded_at   BIGINT NOT NULL DEFAULT 0, must_set_up      BOOLEAN NOT NULL DEFAULT FALSE, email_changed_at    BIGINT NOT NULL DEFAULT 0, standing_changed_at BIGINT NOT NULL DEFAULT 0, address_version BIGINT NOT NULL DEFAULT 0, address_settled BIGINT NOT NULL DEFAULT 0, lead_until BIGINT NOT NULL DEFAULT 0, name_sort BYTEA NOT NULL DEFAULT x'', login_sort BYTEA NOT NULL DEFAULT x'', language TEXT NOT NULL DEFAULT '', passkey_handle BYTEA, -- 0 when never
    CHECK ((role = 'operator') = (customer_id = 'provider')),
    CHECK (status <> 'active' OR (login_key <> '' AND password_hash <> ''))
);
CREATE UNIQUE INDEX users_login_key ON users (login_key) WHERE login_key <> '';
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
, recovered BOOLEAN NOT NULL DEFAULT FALSE);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE pending_logins (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch      BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
, browser_hash BYTEA);
CREATE INDEX pending_logins_by_user ON pending_logins (user_id);
CREATE INDEX pending_logins_by_expiry ON pending_logins (expires_at);
CREATE TABLE enrolments (
    session_id TEXT    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kept       BOOLEAN NOT NULL, -- proves the kept key anew; secret is empty then
    secret     BYTEA   NOT NULL, -- sealed
    expires_at BIGINT  NOT NULL
, replaces TEXT NOT NULL DEFAULT '');
CREATE INDEX enrolments_by_user ON enrolments (user_id);
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
, number   BIGINT  NOT NULL DEFAULT -1, salt     BYTEA, mac      BYTEA, attested BOOLEAN NOT NULL DEFAULT FALSE, told TEXT NOT NULL DEFAULT '');
CREATE INDEX events_by_time ON events (customer_id, at, id);
CREATE TABLE throttle (
    bucket     TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    user_id    TEXT    NOT NULL, -- whose; empty when nobody's
    in_a_row   BIGINT  NOT NULL, -- since the last success
    recent     BYTEA   NOT NULL, -- times of the failures that still count
    closed     BOOLEAN NOT NULL, -- until the password is changed
    failed_at  BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
, customer_id  TEXT   NOT NULL DEFAULT '', locked_until BIGINT NOT NULL DEFAULT 0);
CREATE INDEX throttle_by_user ON throttle (user_id);
CREATE INDEX throttle_by_failure ON throttle (kind, failed_at);
CREATE INDEX throttle_by_expiry ON throttle (expires_at);
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
CREATE TABLE portal_secrets (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
CREATE TABLE logos (
    customer_id TEXT  NOT NULL PRIMARY KEY REFERENCES customers (id),
    hash        TEXT  NOT NULL, -- of the picture, which is its address
    png         BYTEA NOT NULL
);
CREATE INDEX logos_by_hash ON logos (hash);
CREATE INDEX users_by_last_login ON users (customer_id, status, two_factor, last_login_at, id);
CREATE INDEX users_by_role       ON users (customer_id, role, id) WHERE role <> 'user';
CREATE TABLE people_counts (
    customer_id TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    two_factor  TEXT   NOT NULL,
    people      BIGINT NOT NULL,
    PRIMARY KEY (customer_id, role, status, two_factor)
);
CREATE INDEX throttle_by_lock ON throttle (customer_id, locked_until);
CREATE INDEX events_by_action ON events (customer_id, action, at, id);
CREATE INDEX events_by_target ON events (customer_id, target_id, at, id);
CREATE INDEX events_by_actor  ON events (customer_id, actor_id, at, id);
CREATE TABLE user_words (customer_id TEXT NOT NULL, word TEXT NOT NULL,
		user_id TEXT NOT NULL, PRIMARY KEY (customer_id, word, user_id)) WITHOUT ROWID;
CREATE TABLE imports (
    id          TEXT    NOT NULL PRIMARY KEY,
    customer_id TEXT    NOT NULL REFERENCES customers (id),
    file_name   TEXT    NOT NULL,
    invite      BOOLEAN NOT NULL,
    user_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- in whose name it goes on
    by_name     TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    browser     TEXT    NOT NULL,
    epoch       BIGINT  NOT NULL, -- of that person then: a change of the account stops the import
    phase       TEXT    NOT NULL CHECK (phase IN ('sending', 'looking', 'looked', 'running', 'done')),
    stopped     TEXT    NOT NULL, -- why it does not go on
    chunks      BIGINT  NOT NULL,
    chunks_done BIGINT  NOT NULL, -- in this phase; whoever raises it has done that chunk
    row_count   BIGINT  NOT NULL,
    rows_done   BIGINT  NOT NULL,
    created     BIGINT  NOT NULL,
    updated     BIGINT  NOT NULL,
    unchanged   BIGINT  NOT NULL,
    refused     BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    changed_at  BIGINT  NOT NULL
, bytes BIGINT NOT NULL DEFAULT 0, encoding  TEXT    NOT NULL DEFAULT '', ignored   TEXT    NOT NULL DEFAULT '', uninvited BIGINT  NOT NULL DEFAULT 0, inviting  BOOLEAN NOT NULL DEFAULT FALSE, told TEXT NOT NULL DEFAULT '');
CREATE INDEX imports_by_customer ON imports (customer_id, id);
CREATE INDEX imports_by_phase    ON imports (phase, id);
CREATE TABLE import_chunks (
    import_id TEXT   NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    seq       BIGINT NOT NULL,
    content   BYTEA  NOT NULL, -- CSV
    PRIMARY KEY (import_id, seq)
);
CREATE TABLE import_refused (
    import_id TEXT   NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    line      BIGINT NOT NULL,
    login_id  TEXT   NOT NULL,
    reason    TEXT   NOT NULL, sent TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT '', told TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (import_id, line)
);
CREATE INDEX users_exempt ON users (customer_id, exempt_until, id) WHERE exempt_until > 0;
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
, unanswered BIGINT NOT NULL DEFAULT 0);
CREATE INDEX mails_due     ON mails (bulk, due_at, id);
CREATE INDEX mails_by_user ON mails (user_id, kind);
CREATE INDEX events_unnumbered       ON events (customer_id, at, id)  WHERE number < 0;
CREATE UNIQUE INDEX events_by_number ON events (customer_id, number) WHERE number >= 0;
CREATE TABLE audit_logs (
    customer_id TEXT   NOT NULL PRIMARY KEY,
    checkpoint  TEXT   NOT NULL, -- the newest, signed; all that is known of the log's size
    mailed_at   BIGINT NOT NULL  -- to the administrators
, sent BIGINT NOT NULL DEFAULT 0);
CREATE TABLE audit_tiles (
    customer_id TEXT   NOT NULL,
    level       BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    hashes      BYTEA  NOT NULL,
    PRIMARY KEY (customer_id, level, n)
);
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
, mac BYTEA, only_id   TEXT NOT NULL DEFAULT '', only_kind TEXT NOT NULL DEFAULT '', only_name TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX reset_requests_open ON reset_requests (target_id) WHERE state = 'open';
CREATE INDEX reset_requests_by_customer ON reset_requests (customer_id, asked_at, id);
CREATE INDEX reset_requests_by_target   ON reset_requests (target_id, asked_at);
CREATE INDEX reset_requests_by_asker    ON reset_requests (by_id, asked_at);
CREATE INDEX reset_requests_to_look_at  ON reset_requests (look_at) WHERE state = 'open';
CREATE TABLE reset_codes (
    user_id    TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hashing    TEXT   NOT NULL, -- salt and parameters, a PHC string
    hash       BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE reset_holds (
    customer_id TEXT   NOT NULL PRIMARY KEY REFERENCES customers (id),
    policy      TEXT   NOT NULL, -- JSON
    until       BIGINT NOT NULL
);
CREATE TABLE "links" (
    token_hash      BYTEA  NOT NULL PRIMARY KEY,
    kind            TEXT   NOT NULL CHECK (kind IN ('activate', 'password', 'unlock', 'not-me', 'email', 'report')),
    user_id         TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email           TEXT   NOT NULL, -- where it was mailed to
    epoch           BIGINT NOT NULL, -- of the person when it was made
    address_version BIGINT NOT NULL, -- of the person when it was made
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
, by_operator BOOLEAN NOT NULL DEFAULT FALSE);
CREATE INDEX links_by_user ON links (user_id, kind);
CREATE INDEX links_by_expiry ON links (expires_at);
CREATE TABLE earlier_addresses (
    user_id         TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address_version BIGINT NOT NULL, -- of the account while it had the address
    email           TEXT   NOT NULL,
    replaced_at     BIGINT NOT NULL,
    PRIMARY KEY (user_id, address_version)
);
CREATE INDEX earlier_addresses_by_time ON earlier_addresses (replaced_at);
CREATE INDEX users_by_lead_until ON users (customer_id, lead_until) WHERE lead_until > 0;
CREATE TABLE event_counts (
    customer_id TEXT   NOT NULL, -- whose log
    hour        BIGINT NOT NULL, -- when it began
    share       TEXT   NOT NULL, -- what has a bound of its own: a person, or some of the strangers
    action      TEXT   NOT NULL, -- empty for all events of the share
    target_id   TEXT   NOT NULL,
    details     TEXT   NOT NULL,
    network     TEXT   NOT NULL, -- empty, as the two before it, for what there was no room for
    target_name TEXT   NOT NULL,
    events      BIGINT NOT NULL, mac BYTEA, told TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (customer_id, hour, share, action, target_id, details, network)
);
CREATE INDEX event_counts_by_hour ON event_counts (hour, customer_id);
CREATE INDEX events_unattested ON events (customer_id, number) WHERE number >= 0 AND NOT attested;
CREATE TABLE mail_refusals (
    user_id    TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT   NOT NULL,
    refused_at BIGINT NOT NULL,
    reason     TEXT   NOT NULL
);
CREATE INDEX users_without_two_factor_sort ON users (customer_id, role, name_sort, id, reminded_at)
			WHERE status = 'active' AND two_factor <> 'enabled';
CREATE INDEX customers_by_name ON customers (name_sort, id);
CREATE TABLE reindexing (after TEXT NOT NULL PRIMARY KEY, sorted BOOLEAN NOT NULL DEFAULT FALSE);
CREATE INDEX users_by_email ON users (customer_id, email);
CREATE TABLE portal_id (
    one BOOLEAN NOT NULL PRIMARY KEY CHECK (one), -- there is one row
    id  TEXT    NOT NULL
);
CREATE TABLE portal_times (
    name TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL -- milliseconds
);
CREATE TABLE nodes (
    id         TEXT   NOT NULL PRIMARY KEY, -- random, another one at each start
    name       TEXT   NOT NULL,             -- host and address
    holds      TEXT   NOT NULL,             -- IDs of its keys
    seals_with BIGINT NOT NULL,             -- ID of its primary key
    seen_at    BIGINT NOT NULL
, settings TEXT NOT NULL DEFAULT '');
CREATE TABLE deleted_customers (
    customer_id  TEXT   NOT NULL PRIMARY KEY,
    slug         TEXT   NOT NULL UNIQUE, -- no other customer gets it
    deleted_at   BIGINT NOT NULL,
    audit_months BIGINT NOT NULL -- for how long its log keeps events
);
CREATE TABLE "held_login_ids" (
    login_key   TEXT   NOT NULL PRIMARY KEY, -- canonical form
    customer_id TEXT   NOT NULL,
    user_id     TEXT   REFERENCES users (id) ON DELETE SET NULL, -- who had it, and may take it back; NULL once deleted
    free_at     BIGINT NOT NULL
);
CREATE INDEX held_login_ids_by_time ON held_login_ids (free_at);
CREATE INDEX held_login_ids_by_user ON held_login_ids (user_id);
CREATE TABLE audit_stream (
    one    BOOLEAN NOT NULL PRIMARY KEY CHECK (one), -- there is one row, from the first start that sends
    node   TEXT    NOT NULL,                         -- ID of the node that sends; empty if none does
    leased BIGINT  NOT NULL                          -- until when no other node sends
);
CREATE INDEX users_by_address ON users (email) WHERE status = 'active';
CREATE INDEX users_by_lower_address ON users (lower(email)) WHERE status = 'active';
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
, after_password BOOLEAN NOT NULL DEFAULT FALSE, user_verified BOOLEAN NOT NULL DEFAULT TRUE, discoverable BOOLEAN NOT NULL DEFAULT TRUE);
CREATE UNIQUE INDEX authenticators_by_credential ON authenticators (credential_id) WHERE credential_id IS NOT NULL;
CREATE UNIQUE INDEX users_by_passkey_handle ON users (passkey_handle) WHERE passkey_handle IS NOT NULL;
CREATE TABLE passkey_challenges (
    hash       BYTEA  NOT NULL PRIMARY KEY, -- SHA-256
    expires_at BIGINT NOT NULL              -- milliseconds; then the challenge counts no longer, used or not
);
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
CREATE INDEX authenticators_by_user ON authenticators (user_id, enabled, kind, rp_id, id);
CREATE INDEX users_by_name_sort ON users (customer_id, status, two_factor, name_sort, id);
CREATE INDEX users_by_login_sort ON users (customer_id, status, two_factor, login_sort, id);
INSERT INTO customers (id, slug, name, created_at, brand, logo, suspended_at, ended_at, closed, open_until, policy, accent, name_sort, delete_at, delete_reason, deleting, language) VALUES ('provider', 'provider', 'Portico', 0, '', '', 0, 0, 0, 0, '', '', X'1796177117BD181616CD161D17710000000008', 0, '', 0, '');
