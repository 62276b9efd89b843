-- Acts that wait for a second member of staff. That two people act is written
-- here too: no program can store a proposal that its proposer decided.
CREATE TABLE proposal (
	id         BYTEA   NOT NULL PRIMARY KEY,
	act        TEXT    NOT NULL,
	payload    BYTEA   NOT NULL,
	digest     BYTEA   NOT NULL,
	base       BIGINT  NOT NULL,
	reason     TEXT    NOT NULL,
	proposer   TEXT    NOT NULL CHECK (substr(proposer, 1, 6) = 'staff:'),
	created_at BIGINT  NOT NULL,
	expires_at BIGINT  NOT NULL,
	state      TEXT    NOT NULL CHECK (state IN ('open', 'approved', 'running', 'executed', 'rejected', 'withdrawn', 'failed')),
	decider    TEXT    CHECK (substr(decider, 1, 6) = 'staff:' AND decider <> proposer),
	decided_at BIGINT,
	note       TEXT    NOT NULL,
	runner     TEXT,
	beat_at    BIGINT,
	ended_at   BIGINT,
	outcome    TEXT    NOT NULL,
	CHECK (state IN ('open', 'withdrawn') OR decider IS NOT NULL)
);

CREATE INDEX proposal_state ON proposal (state, expires_at);
