CREATE TABLE evidence_key (
	number      BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
	kid         TEXT   NOT NULL UNIQUE,
	private     BYTEA,
	public      BYTEA  NOT NULL,
	created     BIGINT NOT NULL,
	active_from BIGINT NOT NULL,
	retired     BIGINT,
	expires     BIGINT CHECK ((expires IS NULL) = (retired IS NULL))
);

CREATE UNIQUE INDEX evidence_key_newest ON evidence_key ((1)) WHERE retired IS NULL;

ALTER TABLE authentication ADD COLUMN proofs TEXT NOT NULL DEFAULT '';
