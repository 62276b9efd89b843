CREATE TABLE outbox (
	id         BYTEA   NOT NULL PRIMARY KEY,
	kind       TEXT    NOT NULL,
	customer   BYTEA,
	payload    BYTEA,            -- sealed; NULL once sent
	dedupe     TEXT,
	state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
	attempts   INTEGER NOT NULL,
	due_at     BIGINT  NOT NULL, -- when it may be tried; while it is leased, when the lease ends
	lease      BYTEA,            -- of the attempt under way
	created_at BIGINT  NOT NULL,
	expires_at BIGINT,
	ended_at   BIGINT,
	reason     TEXT    NOT NULL
);

CREATE UNIQUE INDEX outbox_dedupe ON outbox (kind, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state <> 'waiting';
