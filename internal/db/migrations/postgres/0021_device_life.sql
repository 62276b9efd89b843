-- The rest of a device's life: what took its place, and when its state changed.
ALTER TABLE device ADD COLUMN replaced_by BYTEA;
ALTER TABLE device ADD COLUMN changed_at BIGINT;

-- What ends when, of each state; and what was handed out when.
CREATE INDEX device_ends ON device (kind, status, expires_at, id) WHERE expires_at IS NOT NULL;
CREATE INDEX device_handed ON device (kind, assigned_at, model) WHERE assigned_at IS NOT NULL;

-- How often the token came back to stock: a code that was checked for one owner
-- is never settled for the next.
ALTER TABLE token_key ADD COLUMN holding BIGINT NOT NULL DEFAULT 0;

-- Tokens that were given to a customer and gave no code yet.
CREATE TABLE token_handover (
	device     BYTEA    NOT NULL PRIMARY KEY,
	customer   BYTEA    NOT NULL,
	replaces   BYTEA    UNIQUE, -- ends when the device gives its first code; NULL: nothing does
	question   TEXT    NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT    NOT NULL
);

-- One act on many tokens.
CREATE TABLE token_bulk (
	id         BYTEA    NOT NULL PRIMARY KEY,
	act        TEXT    NOT NULL,
	state      TEXT    NOT NULL,
	parameters TEXT    NOT NULL, -- the act without its serial numbers, JSON
	payload    BYTEA    NOT NULL, -- SHA-256 of all of it
	report     BYTEA,             -- SHA-256 of the rows; NULL while it runs
	total      BIGINT NOT NULL,
	done       BIGINT NOT NULL,
	unchanged  BIGINT NOT NULL,
	refused    BIGINT NOT NULL,
	started_by TEXT    NOT NULL,
	proposal   BYTEA,
	reason     TEXT    NOT NULL, -- why it broke off
	created_at BIGINT NOT NULL,
	ended_at   BIGINT
);

CREATE INDEX token_bulk_created ON token_bulk (created_at, id);
