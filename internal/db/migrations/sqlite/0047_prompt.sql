-- Approvals that are asked for on customers' phones, and how many a customer was asked for.
CREATE TABLE prompt (
	customer       BLOB    NOT NULL,
	id             BLOB    NOT NULL,
	authentication BLOB    NOT NULL,
	policy         TEXT    NOT NULL,
	method         TEXT    NOT NULL,
	kind           TEXT    NOT NULL, -- purpose of the authentication
	status         TEXT    NOT NULL,
	content        TEXT    NOT NULL, -- exactly what the phone shows and signs
	control        TEXT    NOT NULL, -- two digits; '' for a picture
	matching       INTEGER NOT NULL, -- the digits are shown on the bank's page only
	payment        BLOB,             -- hash
	withheld       TEXT    NOT NULL, -- why no phone was told
	asked          BLOB,             -- tag of the idempotency key
	token          BLOB,             -- that answered
	device         BLOB,
	created_at     INTEGER NOT NULL,
	expires_at     INTEGER NOT NULL,
	answered_at    INTEGER,
	ended_at       INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

-- Of a decision and a policy one prompt is open at most.
CREATE UNIQUE INDEX prompt_open ON prompt (customer, authentication, policy) WHERE status IN ('pending', 'approved');
CREATE INDEX prompt_expires ON prompt (expires_at);

CREATE TABLE prompt_holder (
	customer BLOB    NOT NULL PRIMARY KEY,
	asked    INTEGER NOT NULL, -- prompts since the last approval, within a window
	since    INTEGER NOT NULL  -- when the window began
) STRICT, WITHOUT ROWID;

CREATE INDEX prompt_holder_since ON prompt_holder (since);

-- Events of which customers say that it was not them.
CREATE INDEX risk_event_disowned ON risk_event (created_at, customer, id) WHERE item = 'not_me';
