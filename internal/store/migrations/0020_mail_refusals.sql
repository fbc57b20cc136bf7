-- +goose Up
-- Addresses that a mail server has refused for good: what it said when a mail to
-- the person was last refused, until one to the same address is sent.
CREATE TABLE mail_refusals (
    user_id    TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT   NOT NULL,
    refused_at BIGINT NOT NULL,
    reason     TEXT   NOT NULL
);
