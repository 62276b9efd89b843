-- Tests of rules on stored events: any node goes on with one whose node is gone.
CREATE TABLE risk_trial (
	id          BLOB NOT NULL PRIMARY KEY,
	started_by  TEXT NOT NULL,
	rules       INTEGER NOT NULL,
	document    TEXT NOT NULL,
	from_at     INTEGER NOT NULL,
	to_at       INTEGER NOT NULL,
	total       INTEGER NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('running', 'done', 'canceled', 'failed')),
	report      TEXT NOT NULL, -- about the events until place
	place       TEXT NOT NULL,
	failure     TEXT NOT NULL,
	worker      BLOB,
	lease_until INTEGER,
	started_at  INTEGER NOT NULL,
	ended_at    INTEGER
) STRICT;

-- One at a time for each person.
CREATE UNIQUE INDEX risk_trial_running ON risk_trial (started_by) WHERE state = 'running';

-- The channel of an event, for filters.
ALTER TABLE risk_event ADD COLUMN channel TEXT NOT NULL DEFAULT '';
UPDATE risk_event SET channel = COALESCE(json_extract(facts, '$.channel'), '');

-- Figures by day are counted in this index alone.
CREATE INDEX risk_event_figures ON risk_event (created_at, decision, label, score);
