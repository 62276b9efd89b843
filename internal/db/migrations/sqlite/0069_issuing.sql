-- Authorizations of payments with tokens: each message once, and each decision.
ALTER TABLE vault_grant ADD COLUMN misses INTEGER NOT NULL DEFAULT 0; -- wrong cryptograms and codes

CREATE TABLE issuing_message (
	digest     BLOB NOT NULL PRIMARY KEY, -- keyed, of what tells the message from others
	content    BLOB,                      -- digest of what it says; NULL: its reversal came first
	decision   BLOB,                      -- id
	answer     TEXT NOT NULL,             -- JSON; '' until there is one
	reversed   INTEGER NOT NULL,          -- a reversal came
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX issuing_message_created ON issuing_message (created_at);

CREATE TABLE issuing_authorization (
	id         BLOB NOT NULL PRIMARY KEY,
	customer   BLOB,
	token      BLOB,
	kind       TEXT NOT NULL, -- request, advice
	outcome    TEXT NOT NULL,
	reason     TEXT NOT NULL,
	detail     TEXT NOT NULL,
	amount     INTEGER NOT NULL, -- asked for, minor units
	approved   INTEGER NOT NULL,
	returned   INTEGER NOT NULL, -- by reversals
	currency   TEXT NOT NULL,
	code       TEXT NOT NULL,    -- authorization code
	path       TEXT NOT NULL,
	merchant   TEXT NOT NULL,    -- JSON
	number     INTEGER NOT NULL, -- index of the limited-use key
	counter    INTEGER NOT NULL,
	judged     BLOB,             -- decision by the pattern
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX issuing_authorization_customer ON issuing_authorization (customer, id);
CREATE INDEX issuing_authorization_token ON issuing_authorization (token, id);
