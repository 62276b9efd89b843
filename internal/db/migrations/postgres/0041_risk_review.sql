-- Who looks at an event now. A claim ends by itself.
CREATE TABLE risk_claim (
	of_customer BYTEA NOT NULL,
	of_event    BYTEA NOT NULL,
	holder      TEXT NOT NULL,
	claimed_at  BIGINT NOT NULL,
	until       BIGINT NOT NULL,
	PRIMARY KEY (of_customer, of_event)
);

CREATE INDEX risk_claim_until ON risk_claim (until);

-- What waits for a review: by time, and by score.
CREATE INDEX risk_event_review ON risk_event (created_at, customer, id) WHERE label = '' AND decision <> 'allow';
CREATE INDEX risk_event_review_score ON risk_event (score, created_at, customer, id) WHERE label = '' AND decision <> 'allow';
