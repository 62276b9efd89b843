-- What all customers taught together, as counts. Lessons wait to be added to them, so
-- that no decision waits for a row that everybody counts in.
CREATE TABLE risk_lesson (
	id         BLOB    NOT NULL PRIMARY KEY,
	document   TEXT    NOT NULL,
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_value (
	level  INTEGER NOT NULL,
	value  TEXT    NOT NULL,
	n      INTEGER NOT NULL,
	spread INTEGER NOT NULL,
	PRIMARY KEY (level, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_pair (
	level   INTEGER NOT NULL,
	fine    TEXT    NOT NULL,
	coarser TEXT    NOT NULL,
	n       INTEGER NOT NULL,
	PRIMARY KEY (level, fine, coarser)
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_total (
	name TEXT    NOT NULL PRIMARY KEY,
	n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_payee (
	payee     TEXT NOT NULL PRIMARY KEY,
	payers    REAL NOT NULL,
	payers_at INTEGER,
	fresh     REAL NOT NULL,
	fresh_at  INTEGER,
	frauds    REAL NOT NULL
) STRICT, WITHOUT ROWID;
