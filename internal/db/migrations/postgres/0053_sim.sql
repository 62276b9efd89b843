-- SIM cards with a signature application, and the secured packets to and from them.
CREATE TABLE sim_card (
	id          BYTEA  NOT NULL PRIMARY KEY,
	iccid       TEXT   NOT NULL UNIQUE,
	msisdn      BYTEA, -- sealed
	msisdn_hash BYTEA UNIQUE, -- keyed; a number belongs to one card
	state       TEXT   NOT NULL CHECK (state IN ('stock', 'active', 'suspended', 'retired')),
	customer    BYTEA, -- whom packets to it are about
	tar         BYTEA  NOT NULL,
	parts       BIGINT NOT NULL, -- short messages that a command may have
	reason      TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	changed_at  BIGINT NOT NULL
);

CREATE INDEX sim_card_state ON sim_card (state, id);
CREATE INDEX sim_card_customer ON sim_card (customer, id);

CREATE TABLE sim_key_set (
	card      BYTEA  NOT NULL,
	number    BIGINT NOT NULL CHECK (number BETWEEN 1 AND 15),
	algorithm BIGINT NOT NULL, -- as in KIc and KID
	keys      BYTEA  NOT NULL, -- sealed
	counter   BIGINT NOT NULL CHECK (counter BETWEEN 0 AND 1099511627774), -- the last one that a packet had
	PRIMARY KEY (card, number)
);

CREATE TABLE sim_message (
	id         BYTEA  NOT NULL PRIMARY KEY,
	card       BYTEA  NOT NULL,
	customer   BYTEA,
	class      TEXT   NOT NULL,
	address    BYTEA  NOT NULL, -- keyed hash of the number that it went to
	state      TEXT   NOT NULL CHECK (state IN ('waiting', 'sent', 'delivered', 'acknowledged', 'answered', 'failed', 'expired')),
	key_set    BIGINT NOT NULL,
	counter    BIGINT NOT NULL,
	packet     BYTEA, -- ciphered; NULL once a center has it, or it cannot be sent any more
	parts      BIGINT NOT NULL,
	gateway    TEXT   NOT NULL,
	reason     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	sent_at    BIGINT,
	ended_at   BIGINT
);

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
	message   BYTEA, -- NULL: the receipt came first
	fate      TEXT   NOT NULL, -- '' until the receipt has come
	code      TEXT   NOT NULL,
	seen_at   BIGINT NOT NULL,
	PRIMARY KEY (gateway, reference)
);

CREATE INDEX sim_receipt_message ON sim_receipt (message) WHERE message IS NOT NULL;
CREATE INDEX sim_receipt_seen ON sim_receipt (seen_at);

-- Parts of answers that are not whole. Two different parts with one number may both be there: one is forged.
CREATE TABLE sim_part (
	address   BYTEA  NOT NULL, -- keyed hash of the number that it came from
	reference BIGINT NOT NULL,
	total     BIGINT NOT NULL,
	number    BIGINT NOT NULL,
	digest    BYTEA  NOT NULL, -- of the body
	kind      BIGINT NOT NULL,
	body      BYTEA  NOT NULL, -- ciphered
	seen_at   BIGINT NOT NULL,
	PRIMARY KEY (address, reference, total, number, digest)
);

CREATE INDEX sim_part_seen ON sim_part (seen_at);
