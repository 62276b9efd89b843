-- What the probe reported from pages of the bank: codes of signals, and a keyed hash of
-- the machine. Rows live for a day.
CREATE TABLE risk_probe (
	visit      TEXT    NOT NULL PRIMARY KEY,
	customer   BYTEA,
	seq        BIGINT  NOT NULL,
	signals    TEXT    NOT NULL,
	malformed  BIGINT  NOT NULL,
	machine    TEXT    NOT NULL,
	spent      BIGINT  NOT NULL,
	expires_at BIGINT  NOT NULL
);

CREATE INDEX risk_probe_expires ON risk_probe (expires_at);
CREATE INDEX risk_probe_customer ON risk_probe (customer) WHERE customer IS NOT NULL;

-- Which visit an event had.
CREATE TABLE risk_probe_event (
	customer   BYTEA    NOT NULL,
	event      BYTEA    NOT NULL,
	visit      TEXT    NOT NULL,
	expires_at BIGINT  NOT NULL,
	PRIMARY KEY (customer, event)
);

CREATE INDEX risk_probe_event_expires ON risk_probe_event (expires_at);
