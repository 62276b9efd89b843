CREATE TABLE outbox (
	id         BYTEA    NOT NULL PRIMARY KEY,
	kind       TEXT    NOT NULL,
	customer   BYTEA,
	dedupe     TEXT,
	payload    BYTEA,
	state      TEXT    NOT NULL,
	attempts   INTEGER NOT NULL,
	due_at     BIGINT NOT NULL,
	lease      BYTEA,
	created_at BIGINT NOT NULL,
	expires_at BIGINT,
	ended_at   BIGINT,
	reason     TEXT    NOT NULL
);

CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX outbox_dedupe ON outbox (kind, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX outbox_ended ON outbox (state, ended_at) WHERE state <> 'waiting';
