-- What the risk engine said of authentications whose journeys ask it.
CREATE TABLE authentication_risk (
	customer BLOB NOT NULL,
	id       BLOB NOT NULL,
	event    BLOB,
	decision TEXT NOT NULL CHECK (decision IN ('allow', 'step-up', 'block')),
	exempt   TEXT NOT NULL, -- why strong authentication was left out; empty when it was not
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;
