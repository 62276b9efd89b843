CREATE TABLE policy_version (
	version   INTEGER NOT NULL PRIMARY KEY,
	document  TEXT    NOT NULL,
	digest    BLOB    NOT NULL,
	stored_at INTEGER NOT NULL,
	stored_by TEXT    NOT NULL
) STRICT;

CREATE TABLE policy_active (
	one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	version INTEGER NOT NULL REFERENCES policy_version (version)
) STRICT;
