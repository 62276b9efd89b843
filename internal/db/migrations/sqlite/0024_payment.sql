-- What a payment's authentication is for, in the canonical form of package payment.
-- Apart from authentication: a row that is changed by every proof should be short.
CREATE TABLE authentication_payment (
	customer  BLOB NOT NULL,
	id        BLOB NOT NULL,
	canonical BLOB NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT;
