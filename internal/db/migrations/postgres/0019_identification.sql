CREATE TABLE identification (
	customer       BYTEA   NOT NULL,
	id             BYTEA   NOT NULL,
	actor          TEXT    NOT NULL,
	way            TEXT    NOT NULL,
	answers        TEXT    NOT NULL,
	needed         INTEGER NOT NULL,
	policy_version BIGINT  NOT NULL,
	created_at     BIGINT  NOT NULL,
	expires_at     BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE INDEX identification_created ON identification (created_at);

CREATE TABLE identification_attempts (
	customer      BYTEA   NOT NULL PRIMARY KEY,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until BIGINT
);
