-- compatible: an index that is not unique.
-- +goose Up
-- Finds the accounts of somebody who has forgotten the login ID, in any customer.
CREATE INDEX users_by_address ON users (email) WHERE status = 'active';
