CREATE TABLE client (
	id             BLOB    NOT NULL PRIMARY KEY,
	name           TEXT    NOT NULL,
	kind           TEXT    NOT NULL,
	brand          TEXT    NOT NULL,
	status         TEXT    NOT NULL,
	scopes         TEXT    NOT NULL,
	rate           INTEGER NOT NULL,
	burst          INTEGER NOT NULL,
	generation     INTEGER NOT NULL,
	secret         BLOB,
	previous       BLOB,
	previous_until INTEGER,
	keys           TEXT    NOT NULL,
	created_at     INTEGER NOT NULL,
	changed_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client_revision (
	one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	revision INTEGER NOT NULL
) STRICT;

INSERT INTO client_revision (one, revision) VALUES (1, 1);

CREATE TABLE client_assertion (
	client     BLOB    NOT NULL,
	digest     BLOB    NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (client, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX client_assertion_expires ON client_assertion (expires_at);

CREATE TABLE idempotency (
	client       BLOB    NOT NULL,
	idem_key     TEXT    NOT NULL,
	operation    TEXT    NOT NULL,
	request      BLOB    NOT NULL,
	lease        BLOB    NOT NULL,
	leased_until INTEGER NOT NULL,
	status       INTEGER NOT NULL,
	answer       BLOB,
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	PRIMARY KEY (client, idem_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_expires ON idempotency (expires_at);
