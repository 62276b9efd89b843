-- Codes sent and given back right, by windows of ten minutes (of an hour for the day).
CREATE TABLE sms_budget (
	scope    TEXT NOT NULL, -- number, source, prefix, hour, day
	name     TEXT NOT NULL, -- of what: a keyed hash, an address, a prefix
	start    BIGINT NOT NULL,
	shard    INTEGER NOT NULL,
	sent     BIGINT NOT NULL,
	verified BIGINT NOT NULL,
	PRIMARY KEY (scope, name, start, shard)
);

CREATE INDEX sms_budget_start ON sms_budget (start);

-- Prefixes whose codes nobody gives back.
CREATE TABLE sms_alarm (
	prefix   TEXT NOT NULL,
	level    TEXT NOT NULL CHECK (level IN ('alarm', 'cut_off')),
	began_at BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	sent     BIGINT NOT NULL,
	verified BIGINT NOT NULL,
	PRIMARY KEY (prefix, level)
);
