CREATE TABLE data_key (
	number  BIGINT NOT NULL PRIMARY KEY CHECK (number BETWEEN 0 AND 4294967295),
	state   TEXT   NOT NULL CHECK (state IN ('root', 'active', 'retired')),
	kek     TEXT   NOT NULL,
	wrapped BYTEA  NOT NULL,
	created BIGINT NOT NULL,
	retired BIGINT,
	sealed  BIGINT NOT NULL
);

CREATE UNIQUE INDEX data_key_active ON data_key (state) WHERE state <> 'retired';
