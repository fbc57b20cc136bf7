-- compatible: the program before neither reads nor writes this table.
-- +goose Up
-- Challenges of passkeys that were answered. Until then nothing is stored: a challenge is sealed for what it is for.
CREATE TABLE passkey_challenges (
    hash       BYTEA  NOT NULL PRIMARY KEY, -- SHA-256
    expires_at BIGINT NOT NULL              -- milliseconds; then the challenge counts no longer, used or not
);
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
