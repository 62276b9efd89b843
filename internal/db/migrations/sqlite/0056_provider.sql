-- Service providers of mobile signatures, and what they have asked for.
CREATE TABLE provider (
	id             BLOB NOT NULL PRIMARY KEY,
	code           TEXT NOT NULL UNIQUE, -- AP_ID
	status         TEXT NOT NULL,
	terms          TEXT NOT NULL, -- JSON
	secret         BLOB NOT NULL, -- keyed MAC
	previous       BLOB, -- keyed MAC
	previous_until INTEGER,
	created_at     INTEGER NOT NULL,
	changed_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_order (
	customer   BLOB NOT NULL, -- zero when nobody has the number
	id         BLOB NOT NULL, -- of the request
	provider   BLOB NOT NULL,
	trans_id   TEXT NOT NULL,
	handle     TEXT NOT NULL,
	mode       TEXT NOT NULL,
	format     TEXT NOT NULL,
	profile    TEXT NOT NULL,
	named      BLOB NOT NULL, -- sealed: the number as it was written
	callback   TEXT NOT NULL,
	services   TEXT NOT NULL,
	due        INTEGER NOT NULL, -- a notification is to be sent
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX provider_order_due ON provider_order (id) WHERE due = 1;
CREATE INDEX provider_order_expires ON provider_order (expires_at);
