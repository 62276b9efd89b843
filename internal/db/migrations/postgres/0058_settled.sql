-- Links of notices from before this moment are dealt with: staff have set the token going again.
ALTER TABLE mobile_token ADD COLUMN settled_at BIGINT;

-- Wrong first codes of a pending key are counted apart from wrong answers of the device in use.
ALTER TABLE mobile_key ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mobile_key ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mobile_key ADD COLUMN blocked_until BIGINT;

-- Prompts that were asked for after a factor was shown are counted apart from those that strangers can ask for.
ALTER TABLE prompt ADD COLUMN proven BIGINT NOT NULL DEFAULT 0;
ALTER TABLE prompt_holder ADD COLUMN proven BIGINT NOT NULL DEFAULT 0; -- since the last approval of one, within a window
ALTER TABLE prompt_holder ADD COLUMN proven_since BIGINT NOT NULL DEFAULT 0; -- when that window began
UPDATE prompt_holder SET proven_since = since;
