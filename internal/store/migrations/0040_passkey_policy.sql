-- compatible: an index changes no row, and the program before finds its rows with the new one.
-- +goose Up
-- The check of a session reads which passkeys are in force, and nothing else of an authenticator.
DROP INDEX authenticators_by_user;
CREATE INDEX authenticators_by_user ON authenticators (user_id, enabled, kind, rp_id, id);
