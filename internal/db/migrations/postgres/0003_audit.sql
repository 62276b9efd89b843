-- The newest checkpoint. Its one row is the fence between sealers: whoever
-- updates it by compare-and-swap has sealed.
CREATE TABLE audit_head (
	one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	size       BIGINT  NOT NULL,
	root       BYTEA   NOT NULL,
	at         BIGINT  NOT NULL,
	note       BYTEA   NOT NULL
);

INSERT INTO audit_head (one, size, root, at, note)
VALUES (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, '\x');

-- The first checkpoint of every hour.
CREATE TABLE audit_checkpoint (
	hour       BIGINT  NOT NULL PRIMARY KEY,
	size       BIGINT  NOT NULL,
	note       BYTEA   NOT NULL
);

-- Which record is which leaf: leaves first_leaf and on are the records first_seq
-- and on of the stream.
CREATE TABLE audit_span (
	first_leaf BIGINT  NOT NULL PRIMARY KEY,
	boot       BYTEA   NOT NULL,
	slot       INTEGER NOT NULL,
	first_seq  BIGINT  NOT NULL,
	length     BIGINT  NOT NULL,
	UNIQUE (boot, slot, first_seq)
);

-- How far each stream is sealed.
CREATE TABLE audit_stream (
	boot       BYTEA   NOT NULL,
	slot       INTEGER NOT NULL,
	sealed     BIGINT  NOT NULL,
	at         BIGINT  NOT NULL,
	PRIMARY KEY (boot, slot)
);

-- The tree, in tiles of up to 256 hashes of 32 bytes.
CREATE TABLE audit_tile (
	level      INTEGER NOT NULL,
	number     BIGINT  NOT NULL,
	data       BYTEA   NOT NULL,
	PRIMARY KEY (level, number)
);

-- Each time the database was found to be a restored copy and taken into service.
CREATE TABLE audit_epoch (
	epoch      BIGINT  NOT NULL PRIMARY KEY,
	at         BIGINT  NOT NULL,
	actor      TEXT    NOT NULL,
	size       BIGINT  NOT NULL,
	root       BYTEA   NOT NULL,
	anchor     BYTEA   NOT NULL,
	mac        BYTEA   NOT NULL
);

CREATE INDEX journal_staff ON journal (actor, at) WHERE substr(actor, 1, 6) = 'staff:';
