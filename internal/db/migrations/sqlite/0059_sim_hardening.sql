-- When a card said, under checksum, that the counter of a message is not above its own; it is asked nothing then.
ALTER TABLE sim_message ADD COLUMN behind_at INTEGER;

CREATE INDEX sim_message_behind ON sim_message (behind_at) WHERE behind_at IS NOT NULL AND ended_at IS NULL;

-- Receipts of what no center has named yet are kept for minutes.
CREATE INDEX sim_receipt_early ON sim_receipt (seen_at) WHERE message IS NULL;
