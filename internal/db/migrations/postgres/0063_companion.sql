-- Companions: the devices that a person lives with, their identifiers, invitations to register, and
-- answers to messages that may be sent again.
CREATE TABLE companion_holder (
	customer BYTEA NOT NULL PRIMARY KEY,
	last     BIGINT NOT NULL -- short number given last
);

CREATE TABLE companion (
	customer   BYTEA NOT NULL,
	id         BYTEA NOT NULL, -- of its device
	requestor  BYTEA NOT NULL,
	number     BIGINT NOT NULL,
	kind       TEXT NOT NULL,
	place      TEXT NOT NULL, -- home, body, bag, car, job
	class      TEXT NOT NULL,
	can        TEXT NOT NULL, -- capabilities, apart by blanks
	roles      TEXT NOT NULL,
	hub        BYTEA,           -- the primary that named it
	signer     TEXT NOT NULL, -- '' for one that sends nothing
	verifier   BYTEA NOT NULL,  -- public key
	secret     BYTEA,           -- sealed: key of an HMAC
	sealer     BYTEA NOT NULL,  -- public key for answers
	epoch      BIGINT NOT NULL,
	taken      BYTEA NOT NULL,  -- replay window of the epoch
	seen_at    BIGINT,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX companion_requestor ON companion (requestor);
CREATE UNIQUE INDEX companion_number ON companion (customer, number);
CREATE UNIQUE INDEX companion_verifier ON companion (verifier) WHERE signer IN ('ed25519', 'ecdsa-p256');

CREATE TABLE companion_identifier (
	customer  BYTEA NOT NULL,
	companion BYTEA NOT NULL,
	kind      TEXT NOT NULL,
	digest    BYTEA NOT NULL, -- keyed, salted with the customer
	value     BYTEA NOT NULL, -- sealed
	PRIMARY KEY (customer, companion, kind)
);

CREATE UNIQUE INDEX companion_identifier_digest ON companion_identifier (customer, kind, digest);

CREATE TABLE companion_invitation (
	customer   BYTEA NOT NULL,
	id         BYTEA NOT NULL,
	digest     BYTEA NOT NULL, -- keyed MAC of the code
	kind       TEXT NOT NULL,
	place      TEXT NOT NULL,
	name       TEXT NOT NULL,
	status     TEXT NOT NULL,
	companion  BYTEA,          -- that came with it
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	ended_at   BIGINT,
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX companion_invitation_digest ON companion_invitation (digest);
CREATE INDEX companion_invitation_expires ON companion_invitation (expires_at);

CREATE TABLE companion_answer (
	customer  BYTEA NOT NULL,
	companion BYTEA NOT NULL,
	epoch     BIGINT NOT NULL,
	number    BIGINT NOT NULL, -- sequence number of the message
	digest    BYTEA NOT NULL, -- of the message
	answer    BYTEA NOT NULL, -- sealed
	until_at  BIGINT NOT NULL,
	PRIMARY KEY (customer, companion, epoch, number)
);

CREATE INDEX companion_answer_until ON companion_answer (until_at);
