-- compatible: an index changes no row, and the program before finds its rows with the new one.
-- +goose Up
-- PostgreSQL does not keep the ID in an index by itself, and had to sort all people of one name for a page of them.
DROP INDEX users_by_name_sort;
CREATE INDEX users_by_name_sort ON users (customer_id, status, two_factor, name_sort, id);
DROP INDEX users_by_login_sort;
CREATE INDEX users_by_login_sort ON users (customer_id, status, two_factor, login_sort, id);
