CREATE TABLE evidence_key (
	number      INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
	kid         TEXT    NOT NULL UNIQUE,
	private     BLOB,
	public      BLOB    NOT NULL,
	created     INTEGER NOT NULL,
	active_from INTEGER NOT NULL,
	retired     INTEGER,
	expires     INTEGER CHECK ((expires IS NULL) = (retired IS NULL))
) STRICT;

CREATE UNIQUE INDEX evidence_key_newest ON evidence_key ((1)) WHERE retired IS NULL;

ALTER TABLE authentication ADD COLUMN proofs TEXT NOT NULL DEFAULT '';
