-- +goose Up
-- When something that concerns the whole portal last happened.
CREATE TABLE portal_times (
    name TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL -- milliseconds
);

-- How often a mail was sent, or begun to be, without anybody knowing what became
-- of it: the mail server did not say, or the program ended.
ALTER TABLE mails ADD COLUMN unanswered BIGINT NOT NULL DEFAULT 0;
