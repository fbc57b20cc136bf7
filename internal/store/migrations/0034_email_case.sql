-- compatible: an index that is not unique.
-- +goose Up
-- Finds the accounts of somebody who has forgotten the login ID by the address in
-- lower case. Outside ASCII the engines differ in what that is: there, the address
-- as it was entered is found by users_by_address.
CREATE INDEX users_by_lower_address ON users (lower(email)) WHERE status = 'active';
