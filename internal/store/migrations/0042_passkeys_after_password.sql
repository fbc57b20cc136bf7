-- +goose Up
-- Not compatible: the program before would let a passkey log in alone that must not any more.
ALTER TABLE authenticators ADD COLUMN after_password BOOLEAN NOT NULL DEFAULT FALSE; -- a passkey stands for no password since "This wasn't me"
-- As shown of a passkey. Nobody asked before, and most are both.
ALTER TABLE authenticators ADD COLUMN user_verified BOOLEAN NOT NULL DEFAULT TRUE; -- it has asked for PIN, finger or face
ALTER TABLE authenticators ADD COLUMN discoverable BOOLEAN NOT NULL DEFAULT TRUE; -- it can name its user
