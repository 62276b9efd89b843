-- Acts that wait for a second member of staff. That two people act is written
-- here too: no program can store a proposal that its proposer decided.
CREATE TABLE proposal (
	id         BLOB    NOT NULL PRIMARY KEY,
	act        TEXT    NOT NULL,
	payload    BLOB    NOT NULL,
	digest     BLOB    NOT NULL,
	base       INTEGER NOT NULL,
	reason     TEXT    NOT NULL,
	proposer   TEXT    NOT NULL CHECK (substr(proposer, 1, 6) = 'staff:'),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	state      TEXT    NOT NULL CHECK (state IN ('open', 'approved', 'running', 'executed', 'rejected', 'withdrawn', 'failed')),
	decider    TEXT    CHECK (substr(decider, 1, 6) = 'staff:' AND decider <> proposer),
	decided_at INTEGER,
	note       TEXT    NOT NULL,
	runner     TEXT,
	beat_at    INTEGER,
	ended_at   INTEGER,
	outcome    TEXT    NOT NULL,
	CHECK (state IN ('open', 'withdrawn') OR decider IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX proposal_state ON proposal (state, expires_at);
