-- With which keys the server stood in for an absent device: all of them, and not the last alone.
CREATE TABLE wallet_stood (
	customer BLOB NOT NULL,
	token    BLOB NOT NULL,
	number   INTEGER NOT NULL, -- index of the limited-use key
	PRIMARY KEY (token, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX wallet_stood_customer ON wallet_stood (customer);

INSERT INTO wallet_stood (customer, token, number) SELECT customer, token, stood FROM wallet_set WHERE stood <> 0;
ALTER TABLE wallet_set DROP COLUMN stood;
