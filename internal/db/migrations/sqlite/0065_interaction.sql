-- Patterns of devices: what was learned of a primary, the reports it was learned from, and
-- the decisions that were made by it.
CREATE TABLE interaction_pattern (
	customer   BLOB NOT NULL,
	companion  BLOB NOT NULL,    -- the primary
	learned    BLOB,             -- sealed: the pattern
	recent     BLOB,             -- sealed: what is recent
	version    INTEGER NOT NULL, -- of what was learned
	due_at     INTEGER,          -- when there is something to learn
	changed_at INTEGER NOT NULL,
	PRIMARY KEY (customer, companion)
) STRICT, WITHOUT ROWID;

CREATE INDEX interaction_pattern_due ON interaction_pattern (due_at);

CREATE TABLE interaction_batch (
	customer  BLOB NOT NULL,
	companion BLOB NOT NULL,
	id        BLOB NOT NULL,
	from_at   INTEGER NOT NULL, -- oldest event
	until_at  INTEGER NOT NULL, -- newest event
	taken_at  INTEGER NOT NULL,
	events    BLOB NOT NULL,    -- sealed
	state     TEXT NOT NULL,    -- waiting, learned, undated, disputed, dropped
	PRIMARY KEY (customer, companion, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX interaction_batch_taken ON interaction_batch (taken_at);

CREATE TABLE interaction_decision (
	customer   BLOB NOT NULL,
	id         BLOB NOT NULL,
	companion  BLOB,             -- the primary; none: the customer has none that reports
	reference  TEXT NOT NULL,    -- of what was asked, such as an authentication
	mode       TEXT NOT NULL,    -- shadow or on
	outcome    TEXT NOT NULL,
	zone       TEXT NOT NULL,
	sum        INTEGER NOT NULL, -- thousandths
	details    TEXT NOT NULL,    -- terms, thresholds, what was asked for
	spent      INTEGER NOT NULL, -- minor units, of what was allowed with restrictions
	day        INTEGER NOT NULL, -- civil day on which it counts
	denied_at  INTEGER,          -- when the customer said that it was not them
	created_at INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX interaction_decision_created ON interaction_decision (created_at);

CREATE TABLE interaction_budget (
	customer BLOB NOT NULL,
	day      INTEGER NOT NULL, -- civil day
	spent    INTEGER NOT NULL, -- minor units, allowed with restrictions
	PRIMARY KEY (customer, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction_notice (
	customer   BLOB NOT NULL,
	id         BLOB NOT NULL,
	from_at    INTEGER NOT NULL,
	until_at   INTEGER NOT NULL,
	place      BLOB NOT NULL, -- sealed: a cell
	radius     INTEGER NOT NULL, -- kilometers
	created_by TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction_dispute (
	customer   BLOB NOT NULL,
	id         BLOB NOT NULL,
	from_at    INTEGER NOT NULL,
	until_at   INTEGER NOT NULL,
	created_by TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction_choice (
	customer   BLOB NOT NULL PRIMARY KEY,
	learn      INTEGER NOT NULL, -- 0: nothing is taken in, learned or judged
	activity   INTEGER NOT NULL, -- that a worn device feels a body may be used
	logs       INTEGER NOT NULL, -- classes of apps, calls, messages and pages may be kept
	changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
