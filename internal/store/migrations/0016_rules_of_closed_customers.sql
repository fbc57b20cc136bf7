-- +goose Up
-- A customer that keeps operators out keeps the rules of that moment: those
-- that did so before had the provider's.
UPDATE customers SET policy = (SELECT CASE WHEN p.policy = '' THEN '{}' ELSE p.policy END FROM customers p WHERE p.id = 'provider')
	WHERE closed AND policy = '' AND id <> 'provider';
