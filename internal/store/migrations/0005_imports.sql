-- +goose Up
-- Imports of any size: sent in chunks, looked at and carried out chunk by chunk.

DROP TABLE imports;
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
    unmailed    BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    changed_at  BIGINT  NOT NULL
);
CREATE INDEX imports_by_customer ON imports (customer_id, id);
CREATE INDEX imports_by_phase    ON imports (phase, id);

-- What was sent and is not carried out yet.
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
    reason    TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
);
