-- When strong authentication was left out, by package risk/exemption.

-- What began with a customer's last strong authentication.
CREATE TABLE exemption_customer (
	customer     BLOB NOT NULL PRIMARY KEY,
	strong_at    INTEGER NOT NULL,
	strong_id    BLOB NOT NULL, -- the authentication
	warrant      TEXT NOT NULL CHECK (warrant IN ('', 'list', 'payment')), -- what it allows to change, once
	warrant_hash BLOB, -- of 'payment': the payment
	access_at    INTEGER, -- the last one that let them see their accounts
	low_cents    INTEGER NOT NULL, -- euro, exempted since strong_at
	low_count    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last strong authentication for access through an account information provider.
CREATE TABLE exemption_provider (
	customer  BLOB NOT NULL,
	provider  TEXT NOT NULL,
	strong_at INTEGER NOT NULL,
	PRIMARY KEY (customer, provider)
) STRICT, WITHOUT ROWID;

-- Trusted beneficiaries.
CREATE TABLE exemption_payee (
	customer       BLOB NOT NULL,
	scheme         TEXT NOT NULL,
	account        TEXT NOT NULL,
	name           TEXT NOT NULL,
	authentication BLOB NOT NULL, -- that allowed it
	added_at       INTEGER NOT NULL,
	PRIMARY KEY (customer, scheme, account)
) STRICT, WITHOUT ROWID;

-- Series of payments of one amount to one payee.
CREATE TABLE exemption_series (
	customer       BLOB NOT NULL,
	id             BLOB NOT NULL,
	scheme         TEXT NOT NULL,
	account        TEXT NOT NULL,
	name           TEXT NOT NULL,
	minor          INTEGER NOT NULL,
	currency       TEXT NOT NULL,
	authentication BLOB NOT NULL, -- that allowed it
	begun_at       INTEGER NOT NULL,
	last_at        INTEGER NOT NULL, -- the newest payment
	payments       INTEGER NOT NULL, -- without strong authentication
	ended_at       INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

-- Customers' own accounts with the bank.
CREATE TABLE exemption_account (
	customer BLOB NOT NULL,
	scheme   TEXT NOT NULL,
	account  TEXT NOT NULL,
	added_at INTEGER NOT NULL,
	PRIMARY KEY (customer, scheme, account)
) STRICT, WITHOUT ROWID;

-- Every payment, and every exempted access: 'strong', or the exemption.
CREATE TABLE exemption_use (
	customer       BLOB NOT NULL,
	id             BLOB NOT NULL,
	at             INTEGER NOT NULL,
	day            INTEGER NOT NULL, -- since 1970, in UTC
	exemption      TEXT NOT NULL,
	instrument     TEXT NOT NULL, -- '' for access
	channel        TEXT NOT NULL,
	minor          INTEGER NOT NULL,
	currency       TEXT NOT NULL,
	cents          INTEGER, -- euro; NULL when there was no rate
	orders         INTEGER NOT NULL,
	payment        BLOB,
	decision       BLOB, -- of risk
	authentication BLOB,
	policies       INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX exemption_use_day ON exemption_use (day);

-- Payments that turned out to be fraud.
CREATE TABLE exemption_fraud (
	customer     BLOB NOT NULL,
	use_id       BLOB NOT NULL,
	day          INTEGER NOT NULL, -- of the payment
	exemption    TEXT NOT NULL,
	instrument   TEXT NOT NULL,
	cents        INTEGER NOT NULL, -- euro
	reported_at  INTEGER NOT NULL,
	reported_by  TEXT NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer, use_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX exemption_fraud_day ON exemption_fraud (day);

-- Sums of exemption_use by days that are over.
CREATE TABLE exemption_day (
	day         INTEGER NOT NULL,
	instrument  TEXT NOT NULL,
	exemption   TEXT NOT NULL,
	payments    INTEGER NOT NULL,
	cents       INTEGER NOT NULL,
	unconverted INTEGER NOT NULL, -- payments without a value in euro
	PRIMARY KEY (day, instrument, exemption)
) STRICT, WITHOUT ROWID;
