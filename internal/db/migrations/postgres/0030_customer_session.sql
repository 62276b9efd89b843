CREATE TABLE customer_session (
	digest   BYTEA  NOT NULL PRIMARY KEY,
	customer BYTEA  NOT NULL,
	device   BYTEA,
	agent    TEXT   NOT NULL,
	began_at BIGINT NOT NULL,
	seen_at  BIGINT NOT NULL
);

CREATE INDEX customer_session_customer ON customer_session (customer, began_at);
CREATE INDEX customer_session_seen ON customer_session (seen_at);
