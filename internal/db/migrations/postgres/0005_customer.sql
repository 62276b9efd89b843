CREATE TABLE customer (
	id         BYTEA  NOT NULL PRIMARY KEY,
	number     TEXT   COLLATE "C" NOT NULL UNIQUE,
	name       TEXT   NOT NULL,
	name_key   TEXT   COLLATE "C" NOT NULL,
	locale     TEXT   NOT NULL,
	status     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	erased_at  BIGINT
);

CREATE INDEX customer_name ON customer (name_key, number);

CREATE TABLE contact (
	customer    BYTEA  NOT NULL,
	id          BYTEA  NOT NULL,
	kind        TEXT   NOT NULL,
	sealed      BYTEA  NOT NULL,
	lookup      BYTEA  NOT NULL,
	created_at  BIGINT NOT NULL,
	verified_at BIGINT,
	PRIMARY KEY (customer, id),
	UNIQUE (lookup, customer)
);
