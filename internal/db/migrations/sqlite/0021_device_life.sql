-- The rest of a device's life: what took its place, and when its state changed.
ALTER TABLE device ADD COLUMN replaced_by BLOB;
ALTER TABLE device ADD COLUMN changed_at INTEGER;

-- What ends when, of each state; and what was handed out when.
CREATE INDEX device_ends ON device (kind, status, expires_at, id) WHERE expires_at IS NOT NULL;
CREATE INDEX device_handed ON device (kind, assigned_at, model) WHERE assigned_at IS NOT NULL;

-- How often the token came back to stock: a code that was checked for one owner
-- is never settled for the next.
ALTER TABLE token_key ADD COLUMN holding INTEGER NOT NULL DEFAULT 0;

-- Tokens that were given to a customer and gave no code yet.
CREATE TABLE token_handover (
	device     BLOB    NOT NULL PRIMARY KEY,
	customer   BLOB    NOT NULL,
	replaces   BLOB    UNIQUE, -- ends when the device gives its first code; NULL: nothing does
	question   TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	created_by TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- One act on many tokens.
CREATE TABLE token_bulk (
	id         BLOB    NOT NULL PRIMARY KEY,
	act        TEXT    NOT NULL,
	state      TEXT    NOT NULL,
	parameters TEXT    NOT NULL, -- the act without its serial numbers, JSON
	payload    BLOB    NOT NULL, -- SHA-256 of all of it
	report     BLOB,             -- SHA-256 of the rows; NULL while it runs
	total      INTEGER NOT NULL,
	done       INTEGER NOT NULL,
	unchanged  INTEGER NOT NULL,
	refused    INTEGER NOT NULL,
	started_by TEXT    NOT NULL,
	proposal   BLOB,
	reason     TEXT    NOT NULL, -- why it broke off
	created_at INTEGER NOT NULL,
	ended_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX token_bulk_created ON token_bulk (created_at, id);
