CREATE TABLE activation_code (
	customer      BYTEA   NOT NULL,
	id            BYTEA   NOT NULL,
	policy        TEXT    NOT NULL,
	form          TEXT    NOT NULL,
	value         BYTEA   NOT NULL,
	status        TEXT    NOT NULL,
	extended      INTEGER NOT NULL,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until BIGINT,
	created_at    BIGINT   NOT NULL,
	created_by    TEXT    NOT NULL,
	expires_at    BIGINT   NOT NULL,
	ended_at      BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX activation_code_valid ON activation_code (customer, policy) WHERE status = 'valid';

CREATE TABLE activation_attempts (
	customer      BYTEA   NOT NULL PRIMARY KEY,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until BIGINT
);

CREATE TABLE registration (
	customer   BYTEA NOT NULL,
	id         BYTEA NOT NULL,
	code       BYTEA NOT NULL,
	policy     TEXT  NOT NULL,
	channel    TEXT  NOT NULL,
	state      TEXT  NOT NULL,
	device     BYTEA,
	question   TEXT  NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	ended_at   BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX registration_open ON registration (customer, policy) WHERE state IN ('begun', 'reserved');
CREATE UNIQUE INDEX registration_device ON registration (device) WHERE state = 'reserved';
