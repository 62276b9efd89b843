-- When the owner of a pending key has typed the comparison code that its device shows.
ALTER TABLE mobile_key ADD COLUMN compared_at INTEGER;
