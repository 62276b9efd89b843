-- Phones that customers get codes on, by package passcode. The number is the contact's.
CREATE TABLE passcode_phone (
	customer      BYTEA NOT NULL,
	id            BYTEA NOT NULL,
	contact       BYTEA NOT NULL,
	status        TEXT NOT NULL CHECK (status IN ('pending', 'held', 'active', 'replaced', 'removed', 'refused')),
	failures      INTEGER NOT NULL, -- codes asked for since the last right one
	blocks        INTEGER NOT NULL,
	blocked_until BIGINT,
	created_at    BIGINT NOT NULL,
	until_at      BIGINT, -- of pending: when its code runs out; of held: when it becomes active
	verified_at   BIGINT, -- when a code that was sent to it was right
	ended_at      BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX passcode_phone_active ON passcode_phone (customer) WHERE status = 'active';
CREATE UNIQUE INDEX passcode_phone_next ON passcode_phone (customer) WHERE status IN ('pending', 'held');
CREATE INDEX passcode_phone_until ON passcode_phone (until_at) WHERE status IN ('pending', 'held');

-- The newest code of a decision; mac is its keyed hash.
CREATE TABLE passcode_code (
	customer       BYTEA NOT NULL,
	authentication BYTEA NOT NULL,
	policy         TEXT NOT NULL,
	id             BYTEA NOT NULL,
	phone          BYTEA,
	mac            BYTEA NOT NULL,
	issued         INTEGER NOT NULL, -- codes for this decision so far
	withheld       TEXT NOT NULL,    -- why nothing was sent; '' when a text left
	prefix         TEXT NOT NULL,    -- of the number, for conversion
	last_key       BYTEA,             -- tag of the idempotency key that asked for it
	made_at        BIGINT NOT NULL,
	resend_at      BIGINT,             -- when the next one may be asked for; NULL: never
	expires_at     BIGINT NOT NULL,
	used_at        BIGINT,
	PRIMARY KEY (customer, authentication, policy)
);

CREATE INDEX passcode_code_expires ON passcode_code (expires_at);
