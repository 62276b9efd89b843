CREATE TABLE policy_version (
	version   BIGINT NOT NULL PRIMARY KEY,
	document  TEXT   NOT NULL,
	digest    BYTEA  NOT NULL,
	stored_at BIGINT NOT NULL,
	stored_by TEXT   NOT NULL
);

CREATE TABLE policy_active (
	one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	version BIGINT  NOT NULL REFERENCES policy_version (version)
);
