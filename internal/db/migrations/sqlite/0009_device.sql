CREATE TABLE device (
	id           BLOB  NOT NULL PRIMARY KEY,
	kind         TEXT   NOT NULL,
	manufacturer TEXT   NOT NULL,
	serial       TEXT   NOT NULL,
	model        TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	status       TEXT   NOT NULL,
	customer     BLOB,
	import_id    BLOB,
	created_at   INTEGER  NOT NULL,
	assigned_at  INTEGER,
	starts_at    INTEGER,
	expires_at   INTEGER,
	note         TEXT   NOT NULL,
	UNIQUE (serial, manufacturer)
) STRICT;

CREATE INDEX device_customer ON device (customer) WHERE customer IS NOT NULL;
