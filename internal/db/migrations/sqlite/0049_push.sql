-- Web Push: our keys towards push services, and where the pushes of mobile tokens go.
CREATE TABLE push_key (
	number     INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
	public     TEXT NOT NULL UNIQUE, -- uncompressed point, base64url
	private    BLOB, -- sealed; NULL once destroyed
	created_at INTEGER NOT NULL,
	retired_at INTEGER -- when its successor was made
) STRICT;

CREATE UNIQUE INDEX push_key_newest ON push_key ((1)) WHERE retired_at IS NULL;

CREATE TABLE push_binding (
	customer     BLOB NOT NULL,
	token        BLOB NOT NULL,
	endpoint     BLOB NOT NULL, -- keyed hash
	subscription BLOB, -- sealed; NULL once it is gone
	service      TEXT NOT NULL, -- host of the push service
	key_number   INTEGER NOT NULL, -- the key of ours that it was made under
	moved        INTEGER NOT NULL, -- it is that of the token which this one replaced
	failures     INTEGER NOT NULL, -- in a row
	reason       TEXT NOT NULL, -- of the last failure
	bound_at     INTEGER NOT NULL,
	success_at   INTEGER,
	failure_at   INTEGER,
	gone_at      INTEGER,
	PRIMARY KEY (customer, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX push_binding_endpoint ON push_binding (endpoint) WHERE gone_at IS NULL;
CREATE INDEX push_binding_key ON push_binding (key_number) WHERE gone_at IS NULL;
