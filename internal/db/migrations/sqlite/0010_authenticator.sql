CREATE TABLE authenticator (
	customer      BLOB   NOT NULL,
	policy        TEXT    NOT NULL,
	status        TEXT    NOT NULL,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER,
	successes     INTEGER   NOT NULL,
	challenges    INTEGER NOT NULL,
	created_at    INTEGER   NOT NULL,
	expires_at    INTEGER,
	succeeded_at  INTEGER,
	failed_at     INTEGER,
	PRIMARY KEY (customer, policy)
) STRICT, WITHOUT ROWID;

CREATE TABLE challenge (
	customer       BLOB NOT NULL,
	id             BLOB NOT NULL,
	policy         TEXT  NOT NULL,
	authentication BLOB NOT NULL,
	question       TEXT  NOT NULL,
	created_at     INTEGER NOT NULL,
	expires_at     INTEGER NOT NULL,
	used_at        INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX challenge_expires ON challenge (expires_at);
