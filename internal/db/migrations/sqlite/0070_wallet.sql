-- Payment credentials on devices: what a token was made with, and letters that wait for devices.
CREATE TABLE wallet_set (
	token      BLOB NOT NULL PRIMARY KEY,
	customer   BLOB NOT NULL,
	device     BLOB NOT NULL,    -- the primary
	box        BLOB NOT NULL,    -- sealed: keys, devices, places
	pin        BLOB,             -- keyed hash; NULL: the server never stands in
	tries      INTEGER NOT NULL, -- wrong PINs in a row
	stood      INTEGER NOT NULL, -- index of the key with which the server stood in; 0: none
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX wallet_set_customer ON wallet_set (customer);

CREATE TABLE wallet_peer (
	customer   BLOB NOT NULL,
	device     BLOB NOT NULL, -- a secondary
	token      BLOB NOT NULL,
	PRIMARY KEY (customer, device, token)
) STRICT, WITHOUT ROWID;

CREATE TABLE wallet_letter (
	id         BLOB NOT NULL PRIMARY KEY,
	device     BLOB NOT NULL,
	customer   BLOB NOT NULL,
	token      BLOB NOT NULL,
	kind       TEXT NOT NULL,
	body       BLOB NOT NULL, -- sealed
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX wallet_letter_device ON wallet_letter (device, id);
CREATE INDEX wallet_letter_customer ON wallet_letter (customer);
CREATE INDEX wallet_letter_created ON wallet_letter (created_at);
