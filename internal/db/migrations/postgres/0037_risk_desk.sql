-- What the bank's people keep: lists, and documents of rules as immutable versions.
CREATE TABLE risk_list (
	id         BYTEA    NOT NULL PRIMARY KEY,
	list       TEXT    NOT NULL CHECK (list IN ('block', 'watch', 'trust')),
	kind       TEXT    NOT NULL CHECK (kind IN ('address', 'network', 'device', 'payee', 'customer')),
	subject    TEXT    NOT NULL,
	note       TEXT    NOT NULL,
	created_by TEXT    NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT
);

CREATE UNIQUE INDEX risk_list_subject ON risk_list (subject, list);
CREATE INDEX risk_list_expires ON risk_list (expires_at);

CREATE TABLE risk_rules (
	version   BIGINT NOT NULL PRIMARY KEY,
	document  TEXT    NOT NULL,
	digest    BYTEA    NOT NULL,
	stored_at BIGINT NOT NULL,
	stored_by TEXT    NOT NULL
);

CREATE TABLE risk_rules_active (
	one          BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
	version      BIGINT NOT NULL,
	activated_at BIGINT NOT NULL
);
