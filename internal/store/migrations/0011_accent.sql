-- +goose Up
-- The colour of a customer's buttons and links: six hexadecimal digits, or
-- nothing for the portal's own.
ALTER TABLE customers ADD COLUMN accent TEXT NOT NULL DEFAULT '';
