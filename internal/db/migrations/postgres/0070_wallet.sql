-- Payment credentials on devices: what a token was made with, and letters that wait for devices.
CREATE TABLE wallet_set (
	token      BYTEA NOT NULL PRIMARY KEY,
	customer   BYTEA NOT NULL,
	device     BYTEA NOT NULL,    -- the primary
	box        BYTEA NOT NULL,    -- sealed: keys, devices, places
	pin        BYTEA,             -- keyed hash; NULL: the server never stands in
	tries      BIGINT NOT NULL, -- wrong PINs in a row
	stood      BIGINT NOT NULL, -- index of the key with which the server stood in; 0: none
	created_at BIGINT NOT NULL
);

CREATE INDEX wallet_set_customer ON wallet_set (customer);

CREATE TABLE wallet_peer (
	customer   BYTEA NOT NULL,
	device     BYTEA NOT NULL, -- a secondary
	token      BYTEA NOT NULL,
	PRIMARY KEY (customer, device, token)
);

CREATE TABLE wallet_letter (
	id         BYTEA NOT NULL PRIMARY KEY,
	device     BYTEA NOT NULL,
	customer   BYTEA NOT NULL,
	token      BYTEA NOT NULL,
	kind       TEXT NOT NULL,
	body       BYTEA NOT NULL, -- sealed
	created_at BIGINT NOT NULL
);

CREATE INDEX wallet_letter_device ON wallet_letter (device, id);
CREATE INDEX wallet_letter_customer ON wallet_letter (customer);
CREATE INDEX wallet_letter_created ON wallet_letter (created_at);
