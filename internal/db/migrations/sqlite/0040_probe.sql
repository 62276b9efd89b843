-- What the probe reported from pages of the bank: codes of signals, and a keyed hash of
-- the machine. Rows live for a day.
CREATE TABLE risk_probe (
	visit      TEXT    NOT NULL PRIMARY KEY,
	customer   BLOB,
	seq        INTEGER NOT NULL,
	signals    TEXT    NOT NULL,
	malformed  INTEGER NOT NULL,
	machine    TEXT    NOT NULL,
	spent      INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX risk_probe_expires ON risk_probe (expires_at);
CREATE INDEX risk_probe_customer ON risk_probe (customer) WHERE customer IS NOT NULL;

-- Which visit an event had.
CREATE TABLE risk_probe_event (
	customer   BLOB    NOT NULL,
	event      BLOB    NOT NULL,
	visit      TEXT    NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (customer, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX risk_probe_event_expires ON risk_probe_event (expires_at);
