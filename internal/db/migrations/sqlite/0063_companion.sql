-- Companions: the devices that a person lives with, their identifiers, invitations to register, and
-- answers to messages that may be sent again.
CREATE TABLE companion_holder (
	customer BLOB NOT NULL PRIMARY KEY,
	last     INTEGER NOT NULL -- short number given last
) STRICT, WITHOUT ROWID;

CREATE TABLE companion (
	customer   BLOB NOT NULL,
	id         BLOB NOT NULL, -- of its device
	requestor  BLOB NOT NULL,
	number     INTEGER NOT NULL,
	kind       TEXT NOT NULL,
	place      TEXT NOT NULL, -- home, body, bag, car, job
	class      TEXT NOT NULL,
	can        TEXT NOT NULL, -- capabilities, apart by blanks
	roles      TEXT NOT NULL,
	hub        BLOB,           -- the primary that named it
	signer     TEXT NOT NULL, -- '' for one that sends nothing
	verifier   BLOB NOT NULL,  -- public key
	secret     BLOB,           -- sealed: key of an HMAC
	sealer     BLOB NOT NULL,  -- public key for answers
	epoch      INTEGER NOT NULL,
	taken      BLOB NOT NULL,  -- replay window of the epoch
	seen_at    INTEGER,
	changed_at INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX companion_requestor ON companion (requestor);
CREATE UNIQUE INDEX companion_number ON companion (customer, number);
CREATE UNIQUE INDEX companion_verifier ON companion (verifier) WHERE signer IN ('ed25519', 'ecdsa-p256');

CREATE TABLE companion_identifier (
	customer  BLOB NOT NULL,
	companion BLOB NOT NULL,
	kind      TEXT NOT NULL,
	digest    BLOB NOT NULL, -- keyed, salted with the customer
	value     BLOB NOT NULL, -- sealed
	PRIMARY KEY (customer, companion, kind)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX companion_identifier_digest ON companion_identifier (customer, kind, digest);

CREATE TABLE companion_invitation (
	customer   BLOB NOT NULL,
	id         BLOB NOT NULL,
	digest     BLOB NOT NULL, -- keyed MAC of the code
	kind       TEXT NOT NULL,
	place      TEXT NOT NULL,
	name       TEXT NOT NULL,
	status     TEXT NOT NULL,
	companion  BLOB,          -- that came with it
	created_by TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	ended_at   INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX companion_invitation_digest ON companion_invitation (digest);
CREATE INDEX companion_invitation_expires ON companion_invitation (expires_at);

CREATE TABLE companion_answer (
	customer  BLOB NOT NULL,
	companion BLOB NOT NULL,
	epoch     INTEGER NOT NULL,
	number    INTEGER NOT NULL, -- sequence number of the message
	digest    BLOB NOT NULL, -- of the message
	answer    BLOB NOT NULL, -- sealed
	until_at  INTEGER NOT NULL,
	PRIMARY KEY (customer, companion, epoch, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX companion_answer_until ON companion_answer (until_at);
