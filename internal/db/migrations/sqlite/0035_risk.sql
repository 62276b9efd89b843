-- Events that were judged, and what each customer's events taught. No address, agent,
-- account or device is here in clear: facts have keyed hashes, address is sealed.
-- These tables have rowids: rows of more than a kilobyte lie on pages of their own, and
-- without rowids each comparison on the way to a row would read such pages whole.
CREATE TABLE risk_event (
	customer   BLOB    NOT NULL,
	id         BLOB    NOT NULL,
	kind       TEXT    NOT NULL CHECK (kind IN ('session', 'payment', 'action')),
	reference  TEXT    NOT NULL,
	request    BLOB    NOT NULL,
	session    BLOB,
	state      TEXT    NOT NULL CHECK (state IN ('created', 'signed', 'completed', 'rejected')),
	decision   TEXT    NOT NULL CHECK (decision IN ('allow', 'step-up', 'block')),
	score      INTEGER NOT NULL,
	result     TEXT    NOT NULL,
	facts      TEXT    NOT NULL,
	models     TEXT    NOT NULL,
	rules      INTEGER NOT NULL,
	notes      TEXT    NOT NULL,
	address    BLOB,
	item       TEXT    NOT NULL,
	learned    INTEGER NOT NULL,
	label      TEXT    NOT NULL CHECK (label IN ('', 'fraud', 'legitimate')),
	created_at INTEGER NOT NULL,
	signed_at  INTEGER,
	closed_at  INTEGER,
	labeled_at INTEGER,
	PRIMARY KEY (customer, id)
) STRICT;

CREATE UNIQUE INDEX risk_event_reference ON risk_event (customer, kind, reference);

-- For replays and for the sweep: both walk by time.
CREATE INDEX risk_event_created ON risk_event (created_at, customer, id);

-- Visits before anybody has said who they are.
CREATE TABLE risk_visit (
	id         BLOB    NOT NULL PRIMARY KEY,
	reference  TEXT    NOT NULL,
	request    BLOB    NOT NULL,
	decision   TEXT    NOT NULL CHECK (decision IN ('allow', 'step-up', 'block')),
	result     TEXT    NOT NULL,
	facts      TEXT    NOT NULL,
	rules      INTEGER NOT NULL,
	created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX risk_visit_reference ON risk_visit (reference);
CREATE INDEX risk_visit_created ON risk_visit (created_at, id);

CREATE TABLE risk_profile (
	customer   BLOB    NOT NULL PRIMARY KEY,
	document   TEXT    NOT NULL,
	version    INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX risk_profile_changed ON risk_profile (changed_at, customer);
