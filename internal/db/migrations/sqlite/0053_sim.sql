-- SIM cards with a signature application, and the secured packets to and from them.
CREATE TABLE sim_card (
	id          BLOB NOT NULL PRIMARY KEY,
	iccid       TEXT   NOT NULL UNIQUE,
	msisdn      BLOB, -- sealed
	msisdn_hash BLOB UNIQUE, -- keyed; a number belongs to one card
	state       TEXT   NOT NULL CHECK (state IN ('stock', 'active', 'suspended', 'retired')),
	customer    BLOB, -- whom packets to it are about
	tar         BLOB NOT NULL,
	parts       INTEGER NOT NULL, -- short messages that a command may have
	reason      TEXT   NOT NULL,
	created_at  INTEGER NOT NULL,
	changed_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX sim_card_state ON sim_card (state, id);
CREATE INDEX sim_card_customer ON sim_card (customer, id);

CREATE TABLE sim_key_set (
	card      BLOB NOT NULL,
	number    INTEGER NOT NULL CHECK (number BETWEEN 1 AND 15),
	algorithm INTEGER NOT NULL, -- as in KIc and KID
	keys      BLOB NOT NULL, -- sealed
	counter   INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 1099511627774), -- the last one that a packet had
	PRIMARY KEY (card, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE sim_message (
	id         BLOB NOT NULL PRIMARY KEY,
	card       BLOB NOT NULL,
	customer   BLOB,
	class      TEXT   NOT NULL,
	address    BLOB NOT NULL, -- keyed hash of the number that it went to
	state      TEXT   NOT NULL CHECK (state IN ('waiting', 'sent', 'delivered', 'acknowledged', 'answered', 'failed', 'expired')),
	key_set    INTEGER NOT NULL,
	counter    INTEGER NOT NULL,
	packet     BLOB, -- ciphered; NULL once a center has it, or it cannot be sent any more
	parts      INTEGER NOT NULL,
	gateway    TEXT   NOT NULL,
	reason     TEXT   NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	sent_at    INTEGER,
	ended_at   INTEGER
) STRICT;

CREATE UNIQUE INDEX sim_message_counter ON sim_message (card, key_set, counter);
CREATE INDEX sim_message_address ON sim_message (address, id);
CREATE INDEX sim_message_pending ON sim_message (address) WHERE ended_at IS NULL;
CREATE INDEX sim_message_open ON sim_message (expires_at) WHERE ended_at IS NULL;
CREATE INDEX sim_message_ended ON sim_message (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sim_message_customer ON sim_message (customer, id);

-- What receipts say of the parts that a center took.
CREATE TABLE sim_receipt (
	gateway   TEXT   NOT NULL,
	reference TEXT   NOT NULL,
	message   BLOB, -- NULL: the receipt came first
	fate      TEXT   NOT NULL, -- '' until the receipt has come
	code      TEXT   NOT NULL,
	seen_at   INTEGER NOT NULL,
	PRIMARY KEY (gateway, reference)
) STRICT, WITHOUT ROWID;

CREATE INDEX sim_receipt_message ON sim_receipt (message) WHERE message IS NOT NULL;
CREATE INDEX sim_receipt_seen ON sim_receipt (seen_at);

-- Parts of answers that are not whole. Two different parts with one number may both be there: one is forged.
CREATE TABLE sim_part (
	address   BLOB NOT NULL, -- keyed hash of the number that it came from
	reference INTEGER NOT NULL,
	total     INTEGER NOT NULL,
	number    INTEGER NOT NULL,
	digest    BLOB NOT NULL, -- of the body
	kind      INTEGER NOT NULL,
	body      BLOB NOT NULL, -- ciphered
	seen_at   INTEGER NOT NULL,
	PRIMARY KEY (address, reference, total, number, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX sim_part_seen ON sim_part (seen_at);
