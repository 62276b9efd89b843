-- When strong authentication was left out, by package risk/exemption.

-- What began with a customer's last strong authentication.
CREATE TABLE exemption_customer (
	customer     BYTEA NOT NULL PRIMARY KEY,
	strong_at    BIGINT NOT NULL,
	strong_id    BYTEA NOT NULL, -- the authentication
	warrant      TEXT NOT NULL CHECK (warrant IN ('', 'list', 'payment')), -- what it allows to change, once
	warrant_hash BYTEA, -- of 'payment': the payment
	access_at    BIGINT, -- the last one that let them see their accounts
	low_cents    BIGINT NOT NULL, -- euro, exempted since strong_at
	low_count    BIGINT NOT NULL
);

-- The last strong authentication for access through an account information provider.
CREATE TABLE exemption_provider (
	customer  BYTEA NOT NULL,
	provider  TEXT NOT NULL,
	strong_at BIGINT NOT NULL,
	PRIMARY KEY (customer, provider)
);

-- Trusted beneficiaries.
CREATE TABLE exemption_payee (
	customer       BYTEA NOT NULL,
	scheme         TEXT NOT NULL,
	account        TEXT NOT NULL,
	name           TEXT NOT NULL,
	authentication BYTEA NOT NULL, -- that allowed it
	added_at       BIGINT NOT NULL,
	PRIMARY KEY (customer, scheme, account)
);

-- Series of payments of one amount to one payee.
CREATE TABLE exemption_series (
	customer       BYTEA NOT NULL,
	id             BYTEA NOT NULL,
	scheme         TEXT NOT NULL,
	account        TEXT NOT NULL,
	name           TEXT NOT NULL,
	minor          BIGINT NOT NULL,
	currency       TEXT NOT NULL,
	authentication BYTEA NOT NULL, -- that allowed it
	begun_at       BIGINT NOT NULL,
	last_at        BIGINT NOT NULL, -- the newest payment
	payments       BIGINT NOT NULL, -- without strong authentication
	ended_at       BIGINT,
	PRIMARY KEY (customer, id)
);

-- Customers' own accounts with the bank.
CREATE TABLE exemption_account (
	customer BYTEA NOT NULL,
	scheme   TEXT NOT NULL,
	account  TEXT NOT NULL,
	added_at BIGINT NOT NULL,
	PRIMARY KEY (customer, scheme, account)
);

-- Every payment, and every exempted access: 'strong', or the exemption.
CREATE TABLE exemption_use (
	customer       BYTEA NOT NULL,
	id             BYTEA NOT NULL,
	at             BIGINT NOT NULL,
	day            BIGINT NOT NULL, -- since 1970, in UTC
	exemption      TEXT NOT NULL,
	instrument     TEXT NOT NULL, -- '' for access
	channel        TEXT NOT NULL,
	minor          BIGINT NOT NULL,
	currency       TEXT NOT NULL,
	cents          BIGINT, -- euro; NULL when there was no rate
	orders         BIGINT NOT NULL,
	payment        BYTEA,
	decision       BYTEA, -- of risk
	authentication BYTEA,
	policies       BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE INDEX exemption_use_day ON exemption_use (day);

-- Payments that turned out to be fraud.
CREATE TABLE exemption_fraud (
	customer     BYTEA NOT NULL,
	use_id       BYTEA NOT NULL,
	day          BIGINT NOT NULL, -- of the payment
	exemption    TEXT NOT NULL,
	instrument   TEXT NOT NULL,
	cents        BIGINT NOT NULL, -- euro
	reported_at  BIGINT NOT NULL,
	reported_by  TEXT NOT NULL,
	withdrawn_at BIGINT,
	PRIMARY KEY (customer, use_id)
);

CREATE INDEX exemption_fraud_day ON exemption_fraud (day);

-- Sums of exemption_use by days that are over.
CREATE TABLE exemption_day (
	day         BIGINT NOT NULL,
	instrument  TEXT NOT NULL,
	exemption   TEXT NOT NULL,
	payments    BIGINT NOT NULL,
	cents       BIGINT NOT NULL,
	unconverted BIGINT NOT NULL, -- payments without a value in euro
	PRIMARY KEY (day, instrument, exemption)
);
