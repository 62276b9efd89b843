-- Web Push: our keys towards push services, and where the pushes of mobile tokens go.
CREATE TABLE push_key (
	number     BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
	public     TEXT NOT NULL UNIQUE, -- uncompressed point, base64url
	private    BYTEA, -- sealed; NULL once destroyed
	created_at BIGINT NOT NULL,
	retired_at BIGINT -- when its successor was made
);

CREATE UNIQUE INDEX push_key_newest ON push_key ((1)) WHERE retired_at IS NULL;

CREATE TABLE push_binding (
	customer     BYTEA NOT NULL,
	token        BYTEA NOT NULL,
	endpoint     BYTEA NOT NULL, -- keyed hash
	subscription BYTEA, -- sealed; NULL once it is gone
	service      TEXT NOT NULL, -- host of the push service
	key_number   BIGINT NOT NULL, -- the key of ours that it was made under
	moved        BIGINT NOT NULL, -- it is that of the token which this one replaced
	failures     BIGINT NOT NULL, -- in a row
	reason       TEXT NOT NULL, -- of the last failure
	bound_at     BIGINT NOT NULL,
	success_at   BIGINT,
	failure_at   BIGINT,
	gone_at      BIGINT,
	PRIMARY KEY (customer, token)
);

CREATE INDEX push_binding_endpoint ON push_binding (endpoint) WHERE gone_at IS NULL;
CREATE INDEX push_binding_key ON push_binding (key_number) WHERE gone_at IS NULL;
