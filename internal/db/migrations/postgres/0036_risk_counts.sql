-- What all customers taught together, as counts. Lessons wait to be added to them, so
-- that no decision waits for a row that everybody counts in.
CREATE TABLE risk_lesson (
	id         BYTEA    NOT NULL PRIMARY KEY,
	document   TEXT    NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE TABLE risk_value (
	level  BIGINT NOT NULL,
	value  TEXT    NOT NULL,
	n      BIGINT NOT NULL,
	spread BIGINT NOT NULL,
	PRIMARY KEY (level, value)
);

CREATE TABLE risk_pair (
	level   BIGINT NOT NULL,
	fine    TEXT    NOT NULL,
	coarser TEXT    NOT NULL,
	n       BIGINT NOT NULL,
	PRIMARY KEY (level, fine, coarser)
);

CREATE TABLE risk_total (
	name TEXT    NOT NULL PRIMARY KEY,
	n    BIGINT NOT NULL
);

CREATE TABLE risk_payee (
	payee     TEXT NOT NULL PRIMARY KEY,
	payers    DOUBLE PRECISION NOT NULL,
	payers_at BIGINT,
	fresh     DOUBLE PRECISION NOT NULL,
	fresh_at  BIGINT,
	frauds    DOUBLE PRECISION NOT NULL
);
