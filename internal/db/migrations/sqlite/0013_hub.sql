CREATE TABLE authentication (
	customer       BLOB   NOT NULL,
	id             BLOB   NOT NULL,
	client         TEXT    NOT NULL,
	purpose        TEXT    NOT NULL,
	channel        TEXT    NOT NULL,
	payment_hash   BLOB,
	policy_version INTEGER   NOT NULL,
	state          TEXT    NOT NULL,
	version        INTEGER NOT NULL,
	step           INTEGER NOT NULL,
	factors        INTEGER NOT NULL,
	last_key       BLOB,
	last_result    TEXT    NOT NULL,
	last_reason    TEXT    NOT NULL,
	created_at     INTEGER   NOT NULL,
	expires_at     INTEGER   NOT NULL,
	ended_at       INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX authentication_expires ON authentication (expires_at);
