CREATE TABLE identification (
	customer       BLOB    NOT NULL,
	id             BLOB    NOT NULL,
	actor          TEXT    NOT NULL,
	way            TEXT    NOT NULL,
	answers        TEXT    NOT NULL,
	needed         INTEGER NOT NULL,
	policy_version INTEGER NOT NULL,
	created_at     INTEGER NOT NULL,
	expires_at     INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identification_created ON identification (created_at);

CREATE TABLE identification_attempts (
	customer      BLOB    NOT NULL PRIMARY KEY,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER
) STRICT, WITHOUT ROWID;
