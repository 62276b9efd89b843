-- Who looks at an event now. A claim ends by itself.
CREATE TABLE risk_claim (
	of_customer BLOB NOT NULL,
	of_event    BLOB NOT NULL,
	holder      TEXT NOT NULL,
	claimed_at  INTEGER NOT NULL,
	until       INTEGER NOT NULL,
	PRIMARY KEY (of_customer, of_event)
) STRICT, WITHOUT ROWID;

CREATE INDEX risk_claim_until ON risk_claim (until);

-- What waits for a review: by time, and by score.
CREATE INDEX risk_event_review ON risk_event (created_at, customer, id) WHERE label = '' AND decision <> 'allow';
CREATE INDEX risk_event_review_score ON risk_event (score, created_at, customer, id) WHERE label = '' AND decision <> 'allow';
