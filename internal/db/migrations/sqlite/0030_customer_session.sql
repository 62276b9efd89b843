CREATE TABLE customer_session (
	digest   BLOB    NOT NULL PRIMARY KEY,
	customer BLOB    NOT NULL,
	device   BLOB,
	agent    TEXT    NOT NULL,
	began_at INTEGER NOT NULL,
	seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_session_customer ON customer_session (customer, began_at);
CREATE INDEX customer_session_seen ON customer_session (seen_at);
