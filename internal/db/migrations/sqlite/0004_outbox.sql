CREATE TABLE outbox (
	id         BLOB    NOT NULL PRIMARY KEY,
	kind       TEXT    NOT NULL,
	customer   BLOB,
	dedupe     TEXT,
	payload    BLOB,
	state      TEXT    NOT NULL,
	attempts   INTEGER NOT NULL,
	due_at     INTEGER NOT NULL,
	lease      BLOB,
	created_at INTEGER NOT NULL,
	expires_at INTEGER,
	ended_at   INTEGER,
	reason     TEXT    NOT NULL
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX outbox_dedupe ON outbox (kind, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX outbox_ended ON outbox (state, ended_at) WHERE state <> 'waiting';
