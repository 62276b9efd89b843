CREATE TABLE authenticator (
	customer      BYTEA   NOT NULL,
	policy        TEXT    NOT NULL,
	status        TEXT    NOT NULL,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until BIGINT,
	successes     BIGINT   NOT NULL,
	challenges    INTEGER NOT NULL,
	created_at    BIGINT   NOT NULL,
	expires_at    BIGINT,
	succeeded_at  BIGINT,
	failed_at     BIGINT,
	PRIMARY KEY (customer, policy)
);

CREATE TABLE challenge (
	customer       BYTEA NOT NULL,
	id             BYTEA NOT NULL,
	policy         TEXT  NOT NULL,
	authentication BYTEA NOT NULL,
	question       TEXT  NOT NULL,
	created_at     BIGINT NOT NULL,
	expires_at     BIGINT NOT NULL,
	used_at        BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE INDEX challenge_expires ON challenge (expires_at);
