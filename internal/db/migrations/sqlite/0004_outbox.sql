CREATE TABLE outbox (
	id         BLOB    NOT NULL PRIMARY KEY,
	kind       TEXT    NOT NULL,
	customer   BLOB,
	payload    BLOB,             -- sealed; NULL once sent
	dedupe     TEXT,
	state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
	attempts   INTEGER NOT NULL,
	due_at     INTEGER NOT NULL, -- when it may be tried; while it is leased, when the lease ends
	lease      BLOB,             -- of the attempt under way
	created_at INTEGER NOT NULL,
	expires_at INTEGER,
	ended_at   INTEGER,
	reason     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX outbox_dedupe ON outbox (kind, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state <> 'waiting';
