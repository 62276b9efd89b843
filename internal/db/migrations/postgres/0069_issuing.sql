-- Authorizations of payments with tokens: each message once, and each decision.
ALTER TABLE vault_grant ADD COLUMN misses BIGINT NOT NULL DEFAULT 0; -- wrong cryptograms and codes

CREATE TABLE issuing_message (
	digest     BYTEA NOT NULL PRIMARY KEY, -- keyed, of what tells the message from others
	content    BYTEA,                      -- digest of what it says; NULL: its reversal came first
	decision   BYTEA,                      -- id
	answer     TEXT NOT NULL,             -- JSON; '' until there is one
	reversed   SMALLINT NOT NULL,          -- a reversal came
	created_at BIGINT NOT NULL
);

CREATE INDEX issuing_message_created ON issuing_message (created_at);

CREATE TABLE issuing_authorization (
	id         BYTEA NOT NULL PRIMARY KEY,
	customer   BYTEA,
	token      BYTEA,
	kind       TEXT NOT NULL, -- request, advice
	outcome    TEXT NOT NULL,
	reason     TEXT NOT NULL,
	detail     TEXT NOT NULL,
	amount     BIGINT NOT NULL, -- asked for, minor units
	approved   BIGINT NOT NULL,
	returned   BIGINT NOT NULL, -- by reversals
	currency   TEXT NOT NULL,
	code       TEXT NOT NULL,    -- authorization code
	path       TEXT NOT NULL,
	merchant   TEXT NOT NULL,    -- JSON
	number     BIGINT NOT NULL, -- index of the limited-use key
	counter    BIGINT NOT NULL,
	judged     BYTEA,             -- decision by the pattern
	created_at BIGINT NOT NULL
);

CREATE INDEX issuing_authorization_customer ON issuing_authorization (customer, id);
CREATE INDEX issuing_authorization_token ON issuing_authorization (token, id);
