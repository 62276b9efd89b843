-- Audit records as they were committed. db writes them; the sealer of
-- internal/audit takes contiguous prefixes of every stream (boot, slot).
CREATE TABLE journal (
	boot     BLOB    NOT NULL,
	slot     INTEGER NOT NULL,
	seq      INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	kind     TEXT    NOT NULL,
	actor    TEXT    NOT NULL,
	customer BLOB,
	object   TEXT    NOT NULL,
	salt     BLOB,             -- NULL once erased
	details  BLOB,             -- NULL once erased, or when there were none
	digest   BLOB    NOT NULL, -- SHA-256(salt || details)
	PRIMARY KEY (boot, slot, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX journal_at ON journal (at);
CREATE INDEX journal_customer ON journal (customer, at) WHERE customer IS NOT NULL;
