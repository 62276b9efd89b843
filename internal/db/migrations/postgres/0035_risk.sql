-- Events that were judged, and what each customer's events taught. No address, agent,
-- account or device is here in clear: facts have keyed hashes, address is sealed.
CREATE TABLE risk_event (
	customer   BYTEA    NOT NULL,
	id         BYTEA    NOT NULL,
	kind       TEXT    NOT NULL CHECK (kind IN ('session', 'payment', 'action')),
	reference  TEXT    NOT NULL,
	request    BYTEA    NOT NULL,
	session    BYTEA,
	state      TEXT    NOT NULL CHECK (state IN ('created', 'signed', 'completed', 'rejected')),
	decision   TEXT    NOT NULL CHECK (decision IN ('allow', 'step-up', 'block')),
	score      BIGINT NOT NULL,
	result     TEXT    NOT NULL,
	facts      TEXT    NOT NULL,
	models     TEXT    NOT NULL,
	rules      BIGINT NOT NULL,
	notes      TEXT    NOT NULL,
	address    BYTEA,
	item       TEXT    NOT NULL,
	learned    BIGINT NOT NULL,
	label      TEXT    NOT NULL CHECK (label IN ('', 'fraud', 'legitimate')),
	created_at BIGINT NOT NULL,
	signed_at  BIGINT,
	closed_at  BIGINT,
	labeled_at BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX risk_event_reference ON risk_event (customer, kind, reference);

-- For replays and for the sweep: both walk by time.
CREATE INDEX risk_event_created ON risk_event (created_at, customer, id);

-- Visits before anybody has said who they are.
CREATE TABLE risk_visit (
	id         BYTEA    NOT NULL PRIMARY KEY,
	reference  TEXT    NOT NULL,
	request    BYTEA    NOT NULL,
	decision   TEXT    NOT NULL CHECK (decision IN ('allow', 'step-up', 'block')),
	result     TEXT    NOT NULL,
	facts      TEXT    NOT NULL,
	rules      BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX risk_visit_reference ON risk_visit (reference);
CREATE INDEX risk_visit_created ON risk_visit (created_at, id);

CREATE TABLE risk_profile (
	customer   BYTEA    NOT NULL PRIMARY KEY,
	document   TEXT    NOT NULL,
	version    BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);

CREATE INDEX risk_profile_changed ON risk_profile (changed_at, customer);
