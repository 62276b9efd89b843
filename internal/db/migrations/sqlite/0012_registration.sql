CREATE TABLE activation_code (
	customer      BLOB   NOT NULL,
	id            BLOB   NOT NULL,
	policy        TEXT    NOT NULL,
	form          TEXT    NOT NULL,
	value         BLOB   NOT NULL,
	status        TEXT    NOT NULL,
	extended      INTEGER NOT NULL,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER,
	created_at    INTEGER   NOT NULL,
	created_by    TEXT    NOT NULL,
	expires_at    INTEGER   NOT NULL,
	ended_at      INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX activation_code_valid ON activation_code (customer, policy) WHERE status = 'valid';

CREATE TABLE activation_attempts (
	customer      BLOB   NOT NULL PRIMARY KEY,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE registration (
	customer   BLOB NOT NULL,
	id         BLOB NOT NULL,
	code       BLOB NOT NULL,
	policy     TEXT  NOT NULL,
	channel    TEXT  NOT NULL,
	state      TEXT  NOT NULL,
	device     BLOB,
	question   TEXT  NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	ended_at   INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX registration_open ON registration (customer, policy) WHERE state IN ('begun', 'reserved');
CREATE UNIQUE INDEX registration_device ON registration (device) WHERE state = 'reserved';
