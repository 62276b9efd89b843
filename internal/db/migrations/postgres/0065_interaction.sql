-- Patterns of devices: what was learned of a primary, the reports it was learned from, and
-- the decisions that were made by it.
CREATE TABLE interaction_pattern (
	customer   BYTEA NOT NULL,
	companion  BYTEA NOT NULL,    -- the primary
	learned    BYTEA,             -- sealed: the pattern
	recent     BYTEA,             -- sealed: what is recent
	version    BIGINT NOT NULL, -- of what was learned
	due_at     BIGINT,          -- when there is something to learn
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (customer, companion)
);

CREATE INDEX interaction_pattern_due ON interaction_pattern (due_at);

CREATE TABLE interaction_batch (
	customer  BYTEA NOT NULL,
	companion BYTEA NOT NULL,
	id        BYTEA NOT NULL,
	from_at   BIGINT NOT NULL, -- oldest event
	until_at  BIGINT NOT NULL, -- newest event
	taken_at  BIGINT NOT NULL,
	events    BYTEA NOT NULL,    -- sealed
	state     TEXT NOT NULL,    -- waiting, learned, undated, disputed, dropped
	PRIMARY KEY (customer, companion, id)
);

CREATE INDEX interaction_batch_taken ON interaction_batch (taken_at);

CREATE TABLE interaction_decision (
	customer   BYTEA NOT NULL,
	id         BYTEA NOT NULL,
	companion  BYTEA,             -- the primary; none: the customer has none that reports
	reference  TEXT NOT NULL,    -- of what was asked, such as an authentication
	mode       TEXT NOT NULL,    -- shadow or on
	outcome    TEXT NOT NULL,
	zone       TEXT NOT NULL,
	sum        BIGINT NOT NULL, -- thousandths
	details    TEXT NOT NULL,    -- terms, thresholds, what was asked for
	spent      BIGINT NOT NULL, -- minor units, of what was allowed with restrictions
	day        BIGINT NOT NULL, -- civil day on which it counts
	denied_at  BIGINT,          -- when the customer said that it was not them
	created_at BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE INDEX interaction_decision_created ON interaction_decision (created_at);

CREATE TABLE interaction_budget (
	customer BYTEA NOT NULL,
	day      BIGINT NOT NULL, -- civil day
	spent    BIGINT NOT NULL, -- minor units, allowed with restrictions
	PRIMARY KEY (customer, day)
);

CREATE TABLE interaction_notice (
	customer   BYTEA NOT NULL,
	id         BYTEA NOT NULL,
	from_at    BIGINT NOT NULL,
	until_at   BIGINT NOT NULL,
	place      BYTEA NOT NULL, -- sealed: a cell
	radius     BIGINT NOT NULL, -- kilometers
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE TABLE interaction_dispute (
	customer   BYTEA NOT NULL,
	id         BYTEA NOT NULL,
	from_at    BIGINT NOT NULL,
	until_at   BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (customer, id)
);

CREATE TABLE interaction_choice (
	customer   BYTEA NOT NULL PRIMARY KEY,
	learn      BIGINT NOT NULL, -- 0: nothing is taken in, learned or judged
	activity   BIGINT NOT NULL, -- that a worn device feels a body may be used
	logs       BIGINT NOT NULL, -- classes of apps, calls, messages and pages may be kept
	changed_at BIGINT NOT NULL
);
