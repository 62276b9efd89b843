CREATE TABLE staff (
	id               BLOB    NOT NULL PRIMARY KEY,
	login            TEXT    NOT NULL UNIQUE,
	name             TEXT    NOT NULL,
	role             TEXT    NOT NULL,
	status           TEXT    NOT NULL,
	password         TEXT    NOT NULL,
	totp             BLOB,
	totp_next        INTEGER NOT NULL,
	invitation       BLOB    UNIQUE,
	invitation_until INTEGER,
	failures         INTEGER NOT NULL,
	blocks           INTEGER NOT NULL,
	blocked_until    INTEGER,
	created_at       INTEGER NOT NULL,
	changed_at       INTEGER NOT NULL,
	logged_in_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_session (
	digest    BLOB    NOT NULL PRIMARY KEY,
	id        BLOB    NOT NULL UNIQUE,
	staff     BLOB    NOT NULL,
	source    TEXT    NOT NULL,
	agent     TEXT    NOT NULL,
	began_at  INTEGER NOT NULL,
	proved_at INTEGER NOT NULL,
	seen_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_session_staff ON staff_session (staff, began_at);
CREATE INDEX staff_session_seen ON staff_session (seen_at);
