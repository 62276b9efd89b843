-- Audit records as they were committed. db writes them; the sealer of
-- internal/audit takes contiguous prefixes of every stream (boot, slot).
CREATE TABLE journal (
	boot     BYTEA    NOT NULL,
	slot     INTEGER  NOT NULL,
	seq      BIGINT   NOT NULL,
	at       BIGINT   NOT NULL,
	kind     TEXT     NOT NULL,
	actor    TEXT     NOT NULL,
	customer BYTEA,
	object   TEXT     NOT NULL,
	salt     BYTEA,             -- NULL once erased
	details  BYTEA,             -- NULL once erased, or when there were none
	digest   BYTEA    NOT NULL, -- SHA-256(salt || details)
	PRIMARY KEY (boot, slot, seq)
);

CREATE INDEX journal_at ON journal (at);
CREATE INDEX journal_customer ON journal (customer, at) WHERE customer IS NOT NULL;
