-- Channels that are closed to a customer. A block that has run out means nothing any more.
CREATE TABLE risk_channel (
	customer       BLOB NOT NULL,
	channel        TEXT NOT NULL,
	cause          TEXT NOT NULL CHECK (cause IN ('risk', 'bank')),
	event          BLOB,             -- of the risk engine, that caused it
	authentication BLOB,             -- that was denied when it was made
	actor          TEXT NOT NULL,
	reason         TEXT NOT NULL,
	known          INTEGER NOT NULL, -- whether there is such a customer
	made_at        INTEGER NOT NULL,
	until          INTEGER,          -- NULL: until it is lifted
	PRIMARY KEY (customer, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX risk_channel_until ON risk_channel (until) WHERE until IS NOT NULL;
CREATE INDEX risk_channel_made ON risk_channel (made_at, customer, channel) WHERE known = 1;
