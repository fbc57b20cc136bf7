-- +goose Up
-- Whom a demand for 2FA would stop, by name; with when they were reminded, so
-- that those who were cost no look at their rows. And who is exempt from it.
CREATE INDEX users_without_two_factor ON users (customer_id, role, name_key, id, reminded_at)
    WHERE status = 'active' AND two_factor <> 'enabled';
CREATE INDEX users_exempt ON users (customer_id, exempt_until, id) WHERE exempt_until > 0;
