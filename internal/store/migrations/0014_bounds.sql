-- +goose Up
-- Bounds of what somebody can pile up.

-- Events of which there may be too many to keep each, such as refused log-ins:
-- how many there were in an hour, until that is written into the log.
CREATE TABLE event_counts (
    customer_id TEXT   NOT NULL, -- whose log
    hour        BIGINT NOT NULL, -- when it began
    share       TEXT   NOT NULL, -- what has a bound of its own: a person, or some of the strangers
    action      TEXT   NOT NULL, -- empty for all events of the share
    target_id   TEXT   NOT NULL,
    details     TEXT   NOT NULL,
    network     TEXT   NOT NULL, -- empty, as the two before it, for what there was no room for
    target_name TEXT   NOT NULL,
    events      BIGINT NOT NULL,
    PRIMARY KEY (customer_id, hour, share, action, target_id, details, network)
);
CREATE INDEX event_counts_by_hour ON event_counts (hour, customer_id);

-- What a customer's unfinished imports take up together is bounded.
ALTER TABLE imports ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
