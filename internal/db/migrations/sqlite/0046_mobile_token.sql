-- Mobile tokens: how many a customer has of an application, the tokens, their keys,
-- activation codes, runs of the provisioning protocol and migrations.
CREATE TABLE mobile_holder (
	customer    BLOB    NOT NULL,
	application TEXT    NOT NULL,
	tokens      INTEGER NOT NULL, -- that are not archived and take a place
	PRIMARY KEY (customer, application)
) STRICT, WITHOUT ROWID;

CREATE TABLE mobile_token (
	customer      BLOB    NOT NULL,
	id            BLOB    NOT NULL,
	application   TEXT    NOT NULL,
	serial        TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	device        BLOB    NOT NULL,
	status        TEXT    NOT NULL,
	blocked_by    TEXT    NOT NULL, -- '' unless blocked
	until_at      INTEGER,          -- end of a block that ends by itself
	before_status TEXT    NOT NULL, -- of an archived token: what it was
	reason        TEXT    NOT NULL, -- of the last transition
	counted       INTEGER NOT NULL, -- takes a place of the holder
	version       INTEGER NOT NULL,
	model         TEXT    NOT NULL, -- of the phone with the proven key
	app_version   TEXT    NOT NULL,
	failures      INTEGER NOT NULL, -- wrong first codes
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER,
	created_at    INTEGER NOT NULL,
	changed_at    INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_token_serial ON mobile_token (serial) WHERE status <> 'archived';
CREATE INDEX mobile_token_until ON mobile_token (until_at) WHERE until_at IS NOT NULL;

CREATE TABLE mobile_key (
	customer   BLOB    NOT NULL,
	id         BLOB    NOT NULL,
	token      BLOB    NOT NULL,
	device     BLOB    NOT NULL, -- that it is in
	state      TEXT    NOT NULL, -- pending, live, or off while the token is blocked
	usage      TEXT    NOT NULL,
	algorithm  TEXT    NOT NULL,
	digits     INTEGER NOT NULL,
	step       INTEGER NOT NULL, -- seconds; 0 without a clock
	suite      TEXT    NOT NULL,
	seed       BLOB    NOT NULL, -- sealed
	next_value INTEGER NOT NULL, -- lowest counter or time step that is not spent
	drift      INTEGER NOT NULL,
	model      TEXT    NOT NULL, -- of the phone, as it says
	app_version TEXT   NOT NULL,
	moved      INTEGER NOT NULL, -- it is the key that the former device has
	uses       INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER,          -- of a pending one
	used_at    INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_key_one ON mobile_key (customer, token, usage) WHERE state <> 'pending';
CREATE UNIQUE INDEX mobile_key_pending ON mobile_key (customer, token, usage) WHERE state = 'pending';
CREATE INDEX mobile_key_expires ON mobile_key (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE mobile_code (
	client_id     TEXT    NOT NULL PRIMARY KEY,
	customer      BLOB    NOT NULL,
	token         BLOB    NOT NULL,
	device        BLOB    NOT NULL, -- that the key is for
	purpose       TEXT    NOT NULL,
	status        TEXT    NOT NULL,
	way           TEXT    NOT NULL,
	password      BLOB,             -- sealed; NULL once it is of no use
	extended      INTEGER NOT NULL,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER,
	created_at    INTEGER NOT NULL,
	created_by    TEXT    NOT NULL,
	expires_at    INTEGER NOT NULL,
	ended_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_code_valid ON mobile_code (customer, token) WHERE status = 'valid';
CREATE INDEX mobile_code_token ON mobile_code (customer, token, created_at);
CREATE INDEX mobile_code_expires ON mobile_code (expires_at) WHERE status = 'valid';

CREATE TABLE mobile_session (
	id         TEXT    NOT NULL PRIMARY KEY,
	digest     BLOB    NOT NULL, -- of the first message
	client_id  TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	version    INTEGER NOT NULL,
	body       BLOB,             -- sealed; NULL once the run has failed
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_session_digest ON mobile_session (digest) WHERE status <> 'ended';
CREATE INDEX mobile_session_expires ON mobile_session (expires_at);

CREATE TABLE mobile_migration (
	customer    BLOB    NOT NULL,
	id          BLOB    NOT NULL,
	old_token   BLOB    NOT NULL,
	new_token   BLOB    NOT NULL,
	keep_serial INTEGER NOT NULL,
	status      TEXT    NOT NULL,
	created_at  INTEGER NOT NULL,
	created_by  TEXT    NOT NULL,
	ended_at    INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_migration_old ON mobile_migration (customer, old_token) WHERE status = 'open';
CREATE UNIQUE INDEX mobile_migration_new ON mobile_migration (customer, new_token);
