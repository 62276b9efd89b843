-- Approvals that are asked for on customers' phones, and how many a customer was asked for.
CREATE TABLE prompt (
	customer       BYTEA   NOT NULL,
	id             BYTEA   NOT NULL,
	authentication BYTEA   NOT NULL,
	policy         TEXT    NOT NULL,
	method         TEXT    NOT NULL,
	kind           TEXT    NOT NULL, -- purpose of the authentication
	status         TEXT    NOT NULL,
	content        TEXT    NOT NULL, -- exactly what the phone shows and signs
	control        TEXT    NOT NULL, -- two digits; '' for a picture
	matching       BIGINT  NOT NULL, -- the digits are shown on the bank's page only
	payment        BYTEA,             -- hash
	withheld       TEXT    NOT NULL, -- why no phone was told
	asked          BYTEA,             -- tag of the idempotency key
	token          BYTEA,             -- that answered
	device         BYTEA,
	created_at     BIGINT  NOT NULL,
	expires_at     BIGINT  NOT NULL,
	answered_at    BIGINT ,
	ended_at       BIGINT ,
	PRIMARY KEY (customer, id)
);

-- Of a decision and a policy one prompt is open at most.
CREATE UNIQUE INDEX prompt_open ON prompt (customer, authentication, policy) WHERE status IN ('pending', 'approved');
CREATE INDEX prompt_expires ON prompt (expires_at);

CREATE TABLE prompt_holder (
	customer BYTEA   NOT NULL PRIMARY KEY,
	asked    BIGINT  NOT NULL, -- prompts since the last approval, within a window
	since    BIGINT  NOT NULL  -- when the window began
);

CREATE INDEX prompt_holder_since ON prompt_holder (since);

-- Events of which customers say that it was not them.
CREATE INDEX risk_event_disowned ON risk_event (created_at, customer, id) WHERE item = 'not_me';
