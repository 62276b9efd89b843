CREATE TABLE device (
	id           BYTEA  NOT NULL PRIMARY KEY,
	kind         TEXT   NOT NULL,
	manufacturer TEXT COLLATE "C" NOT NULL,
	serial       TEXT COLLATE "C" NOT NULL,
	model        TEXT COLLATE "C" NOT NULL,
	name         TEXT   NOT NULL,
	status       TEXT COLLATE "C" NOT NULL,
	customer     BYTEA,
	import_id    BYTEA,
	created_at   BIGINT  NOT NULL,
	assigned_at  BIGINT,
	starts_at    BIGINT,
	expires_at   BIGINT,
	note         TEXT   NOT NULL,
	UNIQUE (serial, manufacturer)
);

CREATE INDEX device_customer ON device (customer) WHERE customer IS NOT NULL;
