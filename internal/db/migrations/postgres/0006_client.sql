CREATE TABLE client (
	id             BYTEA   NOT NULL PRIMARY KEY,
	name           TEXT    NOT NULL,
	kind           TEXT    NOT NULL,
	brand          TEXT    NOT NULL,
	status         TEXT    NOT NULL,
	scopes         TEXT    NOT NULL,
	rate           BIGINT  NOT NULL,
	burst          BIGINT  NOT NULL,
	generation     BIGINT  NOT NULL,
	secret         BYTEA,
	previous       BYTEA,
	previous_until BIGINT,
	keys           TEXT    NOT NULL,
	created_at     BIGINT  NOT NULL,
	changed_at     BIGINT  NOT NULL
);

CREATE TABLE client_revision (
	one      BIGINT  NOT NULL PRIMARY KEY CHECK (one = 1),
	revision BIGINT  NOT NULL
);

INSERT INTO client_revision (one, revision) VALUES (1, 1);

CREATE TABLE client_assertion (
	client     BYTEA   NOT NULL,
	digest     BYTEA   NOT NULL,
	expires_at BIGINT  NOT NULL,
	PRIMARY KEY (client, digest)
);

CREATE INDEX client_assertion_expires ON client_assertion (expires_at);

CREATE TABLE idempotency (
	client       BYTEA   NOT NULL,
	idem_key     TEXT    NOT NULL,
	operation    TEXT    NOT NULL,
	request      BYTEA   NOT NULL,
	lease        BYTEA   NOT NULL,
	leased_until BIGINT  NOT NULL,
	status       BIGINT  NOT NULL,
	answer       BYTEA,
	created_at   BIGINT  NOT NULL,
	expires_at   BIGINT  NOT NULL,
	PRIMARY KEY (client, idem_key)
);

CREATE INDEX idempotency_expires ON idempotency (expires_at);
