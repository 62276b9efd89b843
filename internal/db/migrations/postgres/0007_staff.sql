CREATE TABLE staff (
	id               BYTEA   NOT NULL PRIMARY KEY,
	login            TEXT    COLLATE "C" NOT NULL UNIQUE,
	name             TEXT    NOT NULL,
	role             TEXT    NOT NULL,
	status           TEXT    NOT NULL,
	password         TEXT    NOT NULL,
	totp             BYTEA,
	totp_next        BIGINT  NOT NULL,
	invitation       BYTEA   UNIQUE,
	invitation_until BIGINT,
	failures         BIGINT  NOT NULL,
	blocks           BIGINT  NOT NULL,
	blocked_until    BIGINT,
	created_at       BIGINT  NOT NULL,
	changed_at       BIGINT  NOT NULL,
	logged_in_at     BIGINT
);

CREATE TABLE staff_session (
	digest    BYTEA   NOT NULL PRIMARY KEY,
	id        BYTEA   NOT NULL UNIQUE,
	staff     BYTEA   NOT NULL,
	source    TEXT    NOT NULL,
	agent     TEXT    NOT NULL,
	began_at  BIGINT  NOT NULL,
	proved_at BIGINT  NOT NULL,
	seen_at   BIGINT  NOT NULL
);

CREATE INDEX staff_session_staff ON staff_session (staff, began_at);
CREATE INDEX staff_session_seen ON staff_session (seen_at);
