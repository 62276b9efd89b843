-- Service providers of mobile signatures, and what they have asked for.
CREATE TABLE provider (
	id             BYTEA   NOT NULL PRIMARY KEY,
	code           TEXT NOT NULL UNIQUE, -- AP_ID
	status         TEXT NOT NULL,
	terms          TEXT NOT NULL, -- JSON
	secret         BYTEA   NOT NULL, -- keyed MAC
	previous       BYTEA  , -- keyed MAC
	previous_until BIGINT,
	created_at     BIGINT NOT NULL,
	changed_at     BIGINT NOT NULL
);

CREATE TABLE provider_order (
	customer   BYTEA   NOT NULL, -- zero when nobody has the number
	id         BYTEA   NOT NULL, -- of the request
	provider   BYTEA   NOT NULL,
	trans_id   TEXT NOT NULL,
	handle     TEXT NOT NULL,
	mode       TEXT NOT NULL,
	format     TEXT NOT NULL,
	profile    TEXT NOT NULL,
	named      BYTEA   NOT NULL, -- sealed: the number as it was written
	callback   TEXT NOT NULL,
	services   TEXT NOT NULL,
	due        BIGINT NOT NULL, -- a notification is to be sent
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE INDEX provider_order_due ON provider_order (id) WHERE due = 1;
CREATE INDEX provider_order_expires ON provider_order (expires_at);
