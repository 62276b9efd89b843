-- The newest checkpoint. Its one row is the fence between sealers: whoever
-- updates it by compare-and-swap has sealed.
CREATE TABLE audit_head (
	one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	size  INTEGER NOT NULL,
	root  BLOB    NOT NULL,
	at    INTEGER NOT NULL,
	note  BLOB    NOT NULL
) STRICT;

INSERT INTO audit_head (one, size, root, at, note)
VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, x'');

-- The first checkpoint of every hour.
CREATE TABLE audit_checkpoint (
	hour INTEGER NOT NULL PRIMARY KEY,
	size INTEGER NOT NULL,
	note BLOB    NOT NULL
) STRICT;

-- Which record is which leaf: leaves first_leaf and on are the records first_seq
-- and on of the stream.
CREATE TABLE audit_span (
	first_leaf INTEGER NOT NULL PRIMARY KEY,
	boot       BLOB    NOT NULL,
	slot       INTEGER NOT NULL,
	first_seq  INTEGER NOT NULL,
	length     INTEGER NOT NULL,
	UNIQUE (boot, slot, first_seq)
) STRICT;

-- How far each stream is sealed.
CREATE TABLE audit_stream (
	boot   BLOB    NOT NULL,
	slot   INTEGER NOT NULL,
	sealed INTEGER NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (boot, slot)
) STRICT, WITHOUT ROWID;

-- The tree, in tiles of up to 256 hashes of 32 bytes.
CREATE TABLE audit_tile (
	level  INTEGER NOT NULL,
	number INTEGER NOT NULL,
	data   BLOB    NOT NULL,
	PRIMARY KEY (level, number)
) STRICT;

-- Each time the database was found to be a restored copy and taken into service.
CREATE TABLE audit_epoch (
	epoch  INTEGER NOT NULL PRIMARY KEY,
	at     INTEGER NOT NULL,
	actor  TEXT    NOT NULL,
	size   INTEGER NOT NULL,
	root   BLOB    NOT NULL,
	anchor BLOB    NOT NULL,
	mac    BLOB    NOT NULL
) STRICT;

CREATE INDEX journal_staff ON journal (actor, at) WHERE substr(actor, 1, 6) = 'staff:';
