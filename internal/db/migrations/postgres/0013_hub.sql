CREATE TABLE authentication (
	customer       BYTEA   NOT NULL,
	id             BYTEA   NOT NULL,
	client         TEXT    NOT NULL,
	purpose        TEXT    NOT NULL,
	channel        TEXT    NOT NULL,
	payment_hash   BYTEA,
	policy_version BIGINT   NOT NULL,
	state          TEXT    NOT NULL,
	version        INTEGER NOT NULL,
	step           INTEGER NOT NULL,
	factors        INTEGER NOT NULL,
	last_key       BYTEA,
	last_result    TEXT    NOT NULL,
	last_reason    TEXT    NOT NULL,
	created_at     BIGINT   NOT NULL,
	expires_at     BIGINT   NOT NULL,
	ended_at       BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE INDEX authentication_expires ON authentication (expires_at);
