-- Prompts of payments are counted apart from all others, which strangers can ask for.
ALTER TABLE prompt_holder ADD COLUMN payments BIGINT NOT NULL DEFAULT 0; -- since the last approval of one, within a window
ALTER TABLE prompt_holder ADD COLUMN payments_since BIGINT NOT NULL DEFAULT 0; -- when that window began
UPDATE prompt_holder SET payments_since = since;
