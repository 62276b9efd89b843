-- What came back of payments, each time: a day that was cleared stays as it is, and what comes back later belongs to its own day.
CREATE TABLE issuing_return (
	id       BLOB PRIMARY KEY, -- begins with its moment
	payment  BLOB NOT NULL,
	customer BLOB NOT NULL,
	amount   INTEGER NOT NULL -- minor units
) STRICT, WITHOUT ROWID;

CREATE INDEX issuing_return_payment ON issuing_return (payment);
CREATE INDEX issuing_return_customer ON issuing_return (customer);

INSERT INTO issuing_return (id, payment, customer, amount) SELECT id, id, customer, returned FROM issuing_authorization WHERE returned > 0;
