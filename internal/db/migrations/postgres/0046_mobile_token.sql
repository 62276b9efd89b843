-- Mobile tokens: how many a customer has of an application, the tokens, their keys,
-- activation codes, runs of the provisioning protocol and migrations.
CREATE TABLE mobile_holder (
	customer    BYTEA   NOT NULL,
	application TEXT    NOT NULL,
	tokens      BIGINT NOT NULL, -- that are not archived and take a place
	PRIMARY KEY (customer, application)
);

CREATE TABLE mobile_token (
	customer      BYTEA   NOT NULL,
	id            BYTEA   NOT NULL,
	application   TEXT    NOT NULL,
	serial        TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	device        BYTEA   NOT NULL,
	status        TEXT    NOT NULL,
	blocked_by    TEXT    NOT NULL, -- '' unless blocked
	until_at      BIGINT,          -- end of a block that ends by itself
	before_status TEXT    NOT NULL, -- of an archived token: what it was
	reason        TEXT    NOT NULL, -- of the last transition
	counted       BIGINT NOT NULL, -- takes a place of the holder
	version       BIGINT NOT NULL,
	model         TEXT    NOT NULL, -- of the phone with the proven key
	app_version   TEXT    NOT NULL,
	failures      BIGINT NOT NULL, -- wrong first codes
	blocks        BIGINT NOT NULL,
	blocked_until BIGINT,
	created_at    BIGINT NOT NULL,
	changed_at    BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX mobile_token_serial ON mobile_token (serial) WHERE status <> 'archived';
CREATE INDEX mobile_token_until ON mobile_token (until_at) WHERE until_at IS NOT NULL;

CREATE TABLE mobile_key (
	customer   BYTEA   NOT NULL,
	id         BYTEA   NOT NULL,
	token      BYTEA   NOT NULL,
	device     BYTEA   NOT NULL, -- that it is in
	state      TEXT    NOT NULL, -- pending, live, or off while the token is blocked
	usage      TEXT    NOT NULL,
	algorithm  TEXT    NOT NULL,
	digits     BIGINT NOT NULL,
	step       BIGINT NOT NULL, -- seconds; 0 without a clock
	suite      TEXT    NOT NULL,
	seed       BYTEA   NOT NULL, -- sealed
	next_value BIGINT NOT NULL, -- lowest counter or time step that is not spent
	drift      BIGINT NOT NULL,
	model      TEXT    NOT NULL, -- of the phone, as it says
	app_version TEXT   NOT NULL,
	moved      BIGINT NOT NULL, -- it is the key that the former device has
	uses       BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT,          -- of a pending one
	used_at    BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX mobile_key_one ON mobile_key (customer, token, usage) WHERE state <> 'pending';
CREATE UNIQUE INDEX mobile_key_pending ON mobile_key (customer, token, usage) WHERE state = 'pending';
CREATE INDEX mobile_key_expires ON mobile_key (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE mobile_code (
	client_id     TEXT    NOT NULL PRIMARY KEY,
	customer      BYTEA   NOT NULL,
	token         BYTEA   NOT NULL,
	device        BYTEA   NOT NULL, -- that the key is for
	purpose       TEXT    NOT NULL,
	status        TEXT    NOT NULL,
	way           TEXT    NOT NULL,
	password      BYTEA,             -- sealed; NULL once it is of no use
	extended      BIGINT NOT NULL,
	failures      BIGINT NOT NULL,
	blocks        BIGINT NOT NULL,
	blocked_until BIGINT,
	created_at    BIGINT NOT NULL,
	created_by    TEXT    NOT NULL,
	expires_at    BIGINT NOT NULL,
	ended_at      BIGINT
);

CREATE UNIQUE INDEX mobile_code_valid ON mobile_code (customer, token) WHERE status = 'valid';
CREATE INDEX mobile_code_token ON mobile_code (customer, token, created_at);
CREATE INDEX mobile_code_expires ON mobile_code (expires_at) WHERE status = 'valid';

CREATE TABLE mobile_session (
	id         TEXT    NOT NULL PRIMARY KEY,
	digest     BYTEA   NOT NULL, -- of the first message
	client_id  TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	version    BIGINT NOT NULL,
	body       BYTEA,             -- sealed; NULL once the run has failed
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX mobile_session_digest ON mobile_session (digest) WHERE status <> 'ended';
CREATE INDEX mobile_session_expires ON mobile_session (expires_at);

CREATE TABLE mobile_migration (
	customer    BYTEA   NOT NULL,
	id          BYTEA   NOT NULL,
	old_token   BYTEA   NOT NULL,
	new_token   BYTEA   NOT NULL,
	keep_serial BIGINT NOT NULL,
	status      TEXT    NOT NULL,
	created_at  BIGINT NOT NULL,
	created_by  TEXT    NOT NULL,
	ended_at    BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX mobile_migration_old ON mobile_migration (customer, old_token) WHERE status = 'open';
CREATE UNIQUE INDEX mobile_migration_new ON mobile_migration (customer, new_token);
