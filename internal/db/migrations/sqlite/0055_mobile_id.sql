-- Persons who sign with keys on the SIM of their phone.
CREATE TABLE mobile_person (
	customer   BLOB    NOT NULL PRIMARY KEY,
	serial     TEXT    NOT NULL, -- 16 characters, in all certificates
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_person_serial ON mobile_person (serial);

CREATE TABLE mobile_id (
	customer     BLOB    NOT NULL,
	id           BLOB    NOT NULL,
	device       BLOB    NOT NULL,
	card         BLOB    NOT NULL, -- in sim_card
	number       BLOB    NOT NULL, -- keyed hash of the phone number
	sealed       BLOB    NOT NULL, -- the phone number
	state        TEXT    NOT NULL,
	algorithm    INTEGER NOT NULL,
	held_until   INTEGER,
	spam         BLOB,             -- keyed hash of the spam-prevention code
	reason       TEXT    NOT NULL,
	suspended_by TEXT    NOT NULL,
	created_at   INTEGER NOT NULL,
	activated_at INTEGER,
	changed_at   INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

-- A number, and a card, has one person.
CREATE UNIQUE INDEX mobile_id_number ON mobile_id (number) WHERE state NOT IN ('revoked', 'refused', 'failed');
CREATE UNIQUE INDEX mobile_id_card ON mobile_id (card) WHERE state NOT IN ('revoked', 'refused', 'failed');

CREATE TABLE mobile_id_key (
	customer     BLOB    NOT NULL,
	id           BLOB    NOT NULL,
	mobile       BLOB    NOT NULL,
	card         BLOB    NOT NULL,
	role         INTEGER NOT NULL,
	algorithm    INTEGER NOT NULL,
	state        TEXT    NOT NULL, -- pending, made, live, ended
	head         BLOB    NOT NULL, -- of the certification request, before the key
	tail         BLOB    NOT NULL, -- and behind it
	public       BLOB,
	request      BLOB,             -- PKCS #10
	certificate  BLOB,             -- DER
	chain        BLOB,
	serial       TEXT    NOT NULL, -- of the certificate
	orders       INTEGER NOT NULL, -- certificates that were asked for
	created_at   INTEGER NOT NULL,
	certified_at INTEGER,
	expires_at   INTEGER,          -- of the certificate
	ended_at     INTEGER,
	noticed_at   INTEGER,          -- when its owner was told of its end
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mobile_id_key_role ON mobile_id_key (customer, mobile, role) WHERE state <> 'ended';
CREATE INDEX mobile_id_key_expires ON mobile_id_key (expires_at) WHERE state = 'live' AND noticed_at IS NULL;

CREATE TABLE mobile_id_request (
	customer       BLOB    NOT NULL, -- of a number that nobody has: made up
	id             BLOB    NOT NULL,
	mobile         BLOB,
	kind           TEXT    NOT NULL,
	status         TEXT    NOT NULL,
	reason         TEXT    NOT NULL,
	withheld       TEXT    NOT NULL, -- why nothing was sent
	provider       TEXT    NOT NULL,
	ref            TEXT    NOT NULL,
	purpose        TEXT    NOT NULL,
	role           INTEGER NOT NULL,
	form           INTEGER NOT NULL,
	service        TEXT    NOT NULL,
	text           TEXT    NOT NULL,
	shown          TEXT    NOT NULL, -- exactly what the phone shows
	content        BLOB,             -- octets that are signed
	digest         BLOB    NOT NULL,
	document       INTEGER NOT NULL,
	mime           TEXT    NOT NULL,
	event          TEXT    NOT NULL,
	mode           INTEGER NOT NULL,
	control        TEXT    NOT NULL,
	language       TEXT    NOT NULL,
	nonce          BLOB    NOT NULL,
	created_at     INTEGER NOT NULL,
	expires_at     INTEGER NOT NULL,
	delivered_at   INTEGER,
	answered_at    INTEGER,
	ended_at       INTEGER,
	signature      BLOB,
	certificate    BLOB,
	chain          BLOB,
	cms            BLOB,
	ocsp           BLOB,
	stamp          BLOB,
	checked_at     INTEGER,
	tries          INTEGER NOT NULL,
	card_status    BLOB,
	authentication BLOB,
	policy         TEXT    NOT NULL,
	payment        BLOB,
	taken          INTEGER NOT NULL, -- by the hub
	asked          BLOB,             -- tag of the idempotency key
	number         BLOB    NOT NULL, -- keyed hash of whom it was asked of
	key_id         BLOB,
	message        BLOB,             -- in sim_message
	code           BLOB    NOT NULL, -- by which the card knows it
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

-- A number is asked for one thing at a time, by whomever.
CREATE UNIQUE INDEX mobile_id_request_open ON mobile_id_request (number) WHERE status IN ('asked', 'delivered', 'signed') AND kind IN ('sign', 'generate', 'renew', 'unblock');
-- Of a decision and a policy one request can still be taken.
CREATE UNIQUE INDEX mobile_id_request_hub ON mobile_id_request (customer, authentication, policy) WHERE authentication IS NOT NULL AND taken = 0 AND status IN ('asked', 'delivered', 'signed', 'valid');
CREATE UNIQUE INDEX mobile_id_request_message ON mobile_id_request (message) WHERE message IS NOT NULL;
CREATE INDEX mobile_id_request_due ON mobile_id_request (expires_at) WHERE status IN ('asked', 'delivered');
-- What came to nothing is forgotten soon, and signatures after years.
CREATE INDEX mobile_id_request_ended ON mobile_id_request (ended_at) WHERE status <> 'valid';
CREATE INDEX mobile_id_request_valid ON mobile_id_request (ended_at) WHERE status = 'valid';

-- How often a number was asked, whether somebody has it or not.
CREATE TABLE mobile_id_pace (
	number        BLOB    NOT NULL PRIMARY KEY,
	asked         INTEGER NOT NULL, -- in the window
	since         INTEGER NOT NULL, -- when it began
	failures      INTEGER NOT NULL, -- refused, or not answered, in a row
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX mobile_id_pace_since ON mobile_id_pace (since);

-- Names that providers gave their requests.
CREATE TABLE mobile_id_ref (
	provider   TEXT    NOT NULL,
	ref        TEXT    NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (provider, ref)
) STRICT, WITHOUT ROWID;

CREATE INDEX mobile_id_ref_expires ON mobile_id_ref (expires_at);

-- Requests of a provider, and in all, within a window.
CREATE TABLE mobile_id_rate (
	scope TEXT    NOT NULL,
	shard INTEGER NOT NULL,
	asked INTEGER NOT NULL,
	since INTEGER NOT NULL,
	PRIMARY KEY (scope, shard)
) STRICT, WITHOUT ROWID;
