CREATE TABLE sms (
	id         BYTEA   NOT NULL PRIMARY KEY,
	customer   BYTEA,
	class      TEXT    NOT NULL,
	phone      BYTEA   NOT NULL, -- sealed
	body       BYTEA,            -- sealed; NULL once a gateway has it or it cannot be sent any more
	dedupe     TEXT,
	state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'delivered', 'failed', 'expired', 'unknown', 'dead')),
	gateway    TEXT    NOT NULL,
	parts      INTEGER NOT NULL,
	reason     TEXT    NOT NULL,
	created_at BIGINT  NOT NULL,
	expires_at BIGINT  NOT NULL,
	sent_at    BIGINT,
	ended_at   BIGINT
);

CREATE UNIQUE INDEX sms_dedupe ON sms (class, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX sms_customer ON sms (customer, id);
CREATE INDEX sms_state ON sms (state, id);
CREATE INDEX sms_silent ON sms (expires_at) WHERE ended_at IS NULL;
CREATE INDEX sms_ended ON sms (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE sms_part (
	gateway   TEXT    NOT NULL,
	reference TEXT    NOT NULL, -- the gateway's name of the part, in one form
	message   BYTEA,            -- NULL: its receipt came first
	state     TEXT    NOT NULL CHECK (state IN ('sent', 'delivered', 'failed', 'expired', 'unknown')),
	code      TEXT    NOT NULL, -- the network's word for the failure
	seen_at   BIGINT  NOT NULL,
	PRIMARY KEY (gateway, reference)
);

CREATE INDEX sms_part_message ON sms_part (message) WHERE message IS NOT NULL;
CREATE INDEX sms_part_stray ON sms_part (seen_at) WHERE message IS NULL;
