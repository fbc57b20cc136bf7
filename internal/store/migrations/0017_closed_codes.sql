-- +goose Up
-- Codes that were closed by a right one, before that was mended, did not show as
-- locked, so that nobody could clear them.
UPDATE throttle SET locked_until = expires_at WHERE closed AND locked_until < expires_at;
