-- The token vault: portfolios of issuers, their keys, cards, payment tokens, why tokens are suspended, and
-- what of limited use their devices got.
CREATE TABLE vault_portfolio (
	id         BYTEA NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	prefix     TEXT NOT NULL, -- of its tokens
	digits     BIGINT NOT NULL,
	profile    TEXT NOT NULL, -- JSON
	version    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);

CREATE TABLE vault_key (
	id          BYTEA NOT NULL PRIMARY KEY,
	portfolio   BYTEA NOT NULL,
	number      BIGINT NOT NULL, -- key set
	master      BYTEA NOT NULL,    -- sealed
	check_value TEXT NOT NULL,
	created_at  BIGINT NOT NULL
);

CREATE UNIQUE INDEX vault_key_number ON vault_key (portfolio, number);

CREATE TABLE vault_account (
	id         BYTEA NOT NULL PRIMARY KEY,
	customer   BYTEA NOT NULL,
	portfolio  BYTEA NOT NULL,
	pan        BYTEA NOT NULL, -- sealed
	pan_hash   BYTEA NOT NULL, -- keyed
	last4      TEXT NOT NULL,
	expires    TEXT NOT NULL, -- YYMM
	sequence   BIGINT NOT NULL,
	status     TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX vault_account_pan ON vault_account (pan_hash);
CREATE INDEX vault_account_customer ON vault_account (customer);

CREATE TABLE vault_token (
	id          BYTEA NOT NULL PRIMARY KEY,
	account     BYTEA NOT NULL,
	customer    BYTEA NOT NULL,
	portfolio   BYTEA NOT NULL,
	device      BYTEA NOT NULL, -- the primary
	number      BYTEA NOT NULL, -- sealed
	number_hash BYTEA NOT NULL, -- keyed
	last4       TEXT NOT NULL,
	status      TEXT NOT NULL,
	ready       SMALLINT NOT NULL, -- it was active once
	expires_at  BIGINT NOT NULL,
	counter     BIGINT NOT NULL, -- highest transaction counter taken
	behind      BIGINT NOT NULL, -- bit map of those behind it
	renewals    BIGINT NOT NULL,
	created_at  BIGINT NOT NULL,
	changed_at  BIGINT NOT NULL
);

CREATE UNIQUE INDEX vault_token_number ON vault_token (number_hash);
CREATE INDEX vault_token_account ON vault_token (account);
CREATE INDEX vault_token_customer ON vault_token (customer);
CREATE INDEX vault_token_device ON vault_token (device);

CREATE TABLE vault_reason (
	token      BYTEA NOT NULL,
	reason     TEXT NOT NULL, -- card, device, customer, issuer
	about      TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (token, reason, about)
);

CREATE TABLE vault_grant (
	token      BYTEA NOT NULL,
	kind       TEXT NOT NULL,    -- key, data
	number     BIGINT NOT NULL, -- index YHHHHCC
	key_set    BIGINT NOT NULL,
	uses       BIGINT NOT NULL, -- 0: no limit
	used       BIGINT NOT NULL,
	amount     BIGINT NOT NULL, -- 0: no limit; minor units
	charged    BIGINT NOT NULL,
	currency   TEXT NOT NULL,
	elsewhere  TEXT NOT NULL,    -- payments in another currency: refuse, count
	expires_at BIGINT NOT NULL,
	ended_at   BIGINT,          -- taken away before its end
	created_at BIGINT NOT NULL,
	PRIMARY KEY (token, kind, number)
);
