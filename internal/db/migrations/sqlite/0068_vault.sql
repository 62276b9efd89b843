-- The token vault: portfolios of issuers, their keys, cards, payment tokens, why tokens are suspended, and
-- what of limited use their devices got.
CREATE TABLE vault_portfolio (
	id         BLOB NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	prefix     TEXT NOT NULL, -- of its tokens
	digits     INTEGER NOT NULL,
	profile    TEXT NOT NULL, -- JSON
	version    INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE vault_key (
	id          BLOB NOT NULL PRIMARY KEY,
	portfolio   BLOB NOT NULL,
	number      INTEGER NOT NULL, -- key set
	master      BLOB NOT NULL,    -- sealed
	check_value TEXT NOT NULL,
	created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX vault_key_number ON vault_key (portfolio, number);

CREATE TABLE vault_account (
	id         BLOB NOT NULL PRIMARY KEY,
	customer   BLOB NOT NULL,
	portfolio  BLOB NOT NULL,
	pan        BLOB NOT NULL, -- sealed
	pan_hash   BLOB NOT NULL, -- keyed
	last4      TEXT NOT NULL,
	expires    TEXT NOT NULL, -- YYMM
	sequence   INTEGER NOT NULL,
	status     TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX vault_account_pan ON vault_account (pan_hash);
CREATE INDEX vault_account_customer ON vault_account (customer);

CREATE TABLE vault_token (
	id          BLOB NOT NULL PRIMARY KEY,
	account     BLOB NOT NULL,
	customer    BLOB NOT NULL,
	portfolio   BLOB NOT NULL,
	device      BLOB NOT NULL, -- the primary
	number      BLOB NOT NULL, -- sealed
	number_hash BLOB NOT NULL, -- keyed
	last4       TEXT NOT NULL,
	status      TEXT NOT NULL,
	ready       INTEGER NOT NULL, -- it was active once
	expires_at  INTEGER NOT NULL,
	counter     INTEGER NOT NULL, -- highest transaction counter taken
	behind      INTEGER NOT NULL, -- bit map of those behind it
	renewals    INTEGER NOT NULL,
	created_at  INTEGER NOT NULL,
	changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX vault_token_number ON vault_token (number_hash);
CREATE INDEX vault_token_account ON vault_token (account);
CREATE INDEX vault_token_customer ON vault_token (customer);
CREATE INDEX vault_token_device ON vault_token (device);

CREATE TABLE vault_reason (
	token      BLOB NOT NULL,
	reason     TEXT NOT NULL, -- card, device, customer, issuer
	about      TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (token, reason, about)
) STRICT, WITHOUT ROWID;

CREATE TABLE vault_grant (
	token      BLOB NOT NULL,
	kind       TEXT NOT NULL,    -- key, data
	number     INTEGER NOT NULL, -- index YHHHHCC
	key_set    INTEGER NOT NULL,
	uses       INTEGER NOT NULL, -- 0: no limit
	used       INTEGER NOT NULL,
	amount     INTEGER NOT NULL, -- 0: no limit; minor units
	charged    INTEGER NOT NULL,
	currency   TEXT NOT NULL,
	elsewhere  TEXT NOT NULL,    -- payments in another currency: refuse, count
	expires_at INTEGER NOT NULL,
	ended_at   INTEGER,          -- taken away before its end
	created_at INTEGER NOT NULL,
	PRIMARY KEY (token, kind, number)
) STRICT, WITHOUT ROWID;
