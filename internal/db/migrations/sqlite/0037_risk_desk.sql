-- What the bank's people keep: lists, and documents of rules as immutable versions.
CREATE TABLE risk_list (
	id         BLOB    NOT NULL PRIMARY KEY,
	list       TEXT    NOT NULL CHECK (list IN ('block', 'watch', 'trust')),
	kind       TEXT    NOT NULL CHECK (kind IN ('address', 'network', 'device', 'payee', 'customer')),
	subject    TEXT    NOT NULL,
	note       TEXT    NOT NULL,
	created_by TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX risk_list_subject ON risk_list (subject, list);
CREATE INDEX risk_list_expires ON risk_list (expires_at);

CREATE TABLE risk_rules (
	version   INTEGER NOT NULL PRIMARY KEY,
	document  TEXT    NOT NULL,
	digest    BLOB    NOT NULL,
	stored_at INTEGER NOT NULL,
	stored_by TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_rules_active (
	one          INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	version      INTEGER NOT NULL,
	activated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
