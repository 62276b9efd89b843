-- Persons who sign with keys on the SIM of their phone.
CREATE TABLE mobile_person (
	customer   BYTEA   NOT NULL PRIMARY KEY,
	serial     TEXT    NOT NULL, -- 16 characters, in all certificates
	created_at BIGINT  NOT NULL
);

CREATE UNIQUE INDEX mobile_person_serial ON mobile_person (serial);

CREATE TABLE mobile_id (
	customer     BYTEA   NOT NULL,
	id           BYTEA   NOT NULL,
	device       BYTEA   NOT NULL,
	card         BYTEA   NOT NULL, -- in sim_card
	number       BYTEA   NOT NULL, -- keyed hash of the phone number
	sealed       BYTEA   NOT NULL, -- the phone number
	state        TEXT    NOT NULL,
	algorithm    BIGINT  NOT NULL,
	held_until   BIGINT,
	spam         BYTEA,             -- keyed hash of the spam-prevention code
	reason       TEXT    NOT NULL,
	suspended_by TEXT    NOT NULL,
	created_at   BIGINT  NOT NULL,
	activated_at BIGINT,
	changed_at   BIGINT  NOT NULL,
	version      BIGINT  NOT NULL,
	PRIMARY KEY (customer, id)
);

-- A number, and a card, has one person.
CREATE UNIQUE INDEX mobile_id_number ON mobile_id (number) WHERE state NOT IN ('revoked', 'refused', 'failed');
CREATE UNIQUE INDEX mobile_id_card ON mobile_id (card) WHERE state NOT IN ('revoked', 'refused', 'failed');

CREATE TABLE mobile_id_key (
	customer     BYTEA   NOT NULL,
	id           BYTEA   NOT NULL,
	mobile       BYTEA   NOT NULL,
	card         BYTEA   NOT NULL,
	role         BIGINT  NOT NULL,
	algorithm    BIGINT  NOT NULL,
	state        TEXT    NOT NULL, -- pending, made, live, ended
	head         BYTEA   NOT NULL, -- of the certification request, before the key
	tail         BYTEA   NOT NULL, -- and behind it
	public       BYTEA,
	request      BYTEA,             -- PKCS #10
	certificate  BYTEA,             -- DER
	chain        BYTEA,
	serial       TEXT    NOT NULL, -- of the certificate
	orders       BIGINT  NOT NULL, -- certificates that were asked for
	created_at   BIGINT  NOT NULL,
	certified_at BIGINT,
	expires_at   BIGINT,          -- of the certificate
	ended_at     BIGINT,
	noticed_at   BIGINT,          -- when its owner was told of its end
	PRIMARY KEY (customer, id)
);

CREATE UNIQUE INDEX mobile_id_key_role ON mobile_id_key (customer, mobile, role) WHERE state <> 'ended';
CREATE INDEX mobile_id_key_expires ON mobile_id_key (expires_at) WHERE state = 'live' AND noticed_at IS NULL;

CREATE TABLE mobile_id_request (
	customer       BYTEA   NOT NULL, -- of a number that nobody has: made up
	id             BYTEA   NOT NULL,
	mobile         BYTEA,
	kind           TEXT    NOT NULL,
	status         TEXT    NOT NULL,
	reason         TEXT    NOT NULL,
	withheld       TEXT    NOT NULL, -- why nothing was sent
	provider       TEXT    NOT NULL,
	ref            TEXT    NOT NULL,
	purpose        TEXT    NOT NULL,
	role           BIGINT  NOT NULL,
	form           BIGINT  NOT NULL,
	service        TEXT    NOT NULL,
	text           TEXT    NOT NULL,
	shown          TEXT    NOT NULL, -- exactly what the phone shows
	content        BYTEA,             -- octets that are signed
	digest         BYTEA   NOT NULL,
	document       BIGINT  NOT NULL,
	mime           TEXT    NOT NULL,
	event          TEXT    NOT NULL,
	mode           BIGINT  NOT NULL,
	control        TEXT    NOT NULL,
	language       TEXT    NOT NULL,
	nonce          BYTEA   NOT NULL,
	created_at     BIGINT  NOT NULL,
	expires_at     BIGINT  NOT NULL,
	delivered_at   BIGINT,
	answered_at    BIGINT,
	ended_at       BIGINT,
	signature      BYTEA,
	certificate    BYTEA,
	chain          BYTEA,
	cms            BYTEA,
	ocsp           BYTEA,
	stamp          BYTEA,
	checked_at     BIGINT,
	tries          BIGINT  NOT NULL,
	card_status    BYTEA,
	authentication BYTEA,
	policy         TEXT    NOT NULL,
	payment        BYTEA,
	taken          BIGINT  NOT NULL, -- by the hub
	asked          BYTEA,             -- tag of the idempotency key
	number         BYTEA   NOT NULL, -- keyed hash of whom it was asked of
	key_id         BYTEA,
	message        BYTEA,             -- in sim_message
	code           BYTEA   NOT NULL, -- by which the card knows it
	PRIMARY KEY (customer, id)
);

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
	number        BYTEA   NOT NULL PRIMARY KEY,
	asked         BIGINT  NOT NULL, -- in the window
	since         BIGINT  NOT NULL, -- when it began
	failures      BIGINT  NOT NULL, -- refused, or not answered, in a row
	blocks        BIGINT  NOT NULL,
	blocked_until BIGINT
);

CREATE INDEX mobile_id_pace_since ON mobile_id_pace (since);

-- Names that providers gave their requests.
CREATE TABLE mobile_id_ref (
	provider   TEXT    NOT NULL,
	ref        TEXT    NOT NULL,
	expires_at BIGINT  NOT NULL,
	PRIMARY KEY (provider, ref)
);

CREATE INDEX mobile_id_ref_expires ON mobile_id_ref (expires_at);

-- Requests of a provider, and in all, within a window.
CREATE TABLE mobile_id_rate (
	scope TEXT    NOT NULL,
	shard BIGINT  NOT NULL,
	asked BIGINT  NOT NULL,
	since BIGINT  NOT NULL,
	PRIMARY KEY (scope, shard)
);
