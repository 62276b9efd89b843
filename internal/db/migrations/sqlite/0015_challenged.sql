-- When a challenge was last given within the limit: its cool-down counts from here.
ALTER TABLE authenticator ADD COLUMN challenged_at INTEGER;
