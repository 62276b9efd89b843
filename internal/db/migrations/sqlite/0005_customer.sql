CREATE TABLE customer (
	id         BLOB    NOT NULL PRIMARY KEY,
	number     TEXT    NOT NULL UNIQUE,
	name       TEXT    NOT NULL,
	name_key   TEXT    NOT NULL,
	locale     TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	erased_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_name ON customer (name_key, number);

CREATE TABLE contact (
	customer    BLOB    NOT NULL,
	id          BLOB    NOT NULL,
	kind        TEXT    NOT NULL,
	sealed      BLOB    NOT NULL,
	lookup      BLOB    NOT NULL,
	created_at  INTEGER NOT NULL,
	verified_at INTEGER,
	PRIMARY KEY (customer, id),
	UNIQUE (lookup, customer)
) STRICT, WITHOUT ROWID;
