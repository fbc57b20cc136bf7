-- +goose Up
-- One administrator alone can change the accounts of others, and then do what
-- they would have stopped. So it is remembered for a while how they were.

-- The addresses that an account had: what protects it is mailed there too.
CREATE TABLE earlier_addresses (
    user_id         TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address_version BIGINT NOT NULL, -- of the account while it had the address
    email           TEXT   NOT NULL,
    replaced_at     BIGINT NOT NULL,
    PRIMARY KEY (user_id, address_version)
);
CREATE INDEX earlier_addresses_by_time ON earlier_addresses (replaced_at);

-- When somebody stopped to be an active administrator or operator; 0 for never.
ALTER TABLE users ADD COLUMN lead_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_by_lead_until ON users (customer_id, lead_until) WHERE lead_until > 0;

-- An operator had the link mailed to a customer's person: it does not work while
-- the customer keeps operators out.
ALTER TABLE links ADD COLUMN by_operator BOOLEAN NOT NULL DEFAULT FALSE;
