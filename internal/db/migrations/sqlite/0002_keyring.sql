CREATE TABLE data_key (
	number  INTEGER NOT NULL PRIMARY KEY CHECK (number BETWEEN 0 AND 4294967295),
	state   TEXT    NOT NULL CHECK (state IN ('root', 'active', 'retired')),
	kek     TEXT    NOT NULL,
	wrapped BLOB    NOT NULL,
	created INTEGER NOT NULL,
	retired INTEGER,
	sealed  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX data_key_active ON data_key (state) WHERE state <> 'retired';
