-- What a payment's authentication is for, in the canonical form of package payment.
-- Apart from authentication: a row that is changed by every proof should be short.
CREATE TABLE authentication_payment (
	customer  BYTEA NOT NULL,
	id        BYTEA NOT NULL,
	canonical BYTEA NOT NULL,
	PRIMARY KEY (customer, id)
);
