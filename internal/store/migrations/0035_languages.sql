-- compatible: new columns with a default. The version before leaves them as they are.
-- +goose Up
-- The languages that a person and a customer have chosen, as BCP 47 tags. '' is none.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN language TEXT NOT NULL DEFAULT '';
