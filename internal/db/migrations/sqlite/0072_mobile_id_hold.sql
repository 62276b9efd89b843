-- Why a mobile ID is suspended: it comes back with the end of the last of these. suspended_by is the strongest of them.
CREATE TABLE mobile_id_hold (
	customer   BLOB NOT NULL,
	mobile     BLOB NOT NULL,
	cause      TEXT NOT NULL, -- owner, staff, card, restored
	reason     TEXT NOT NULL, -- for people
	created_at INTEGER NOT NULL,
	PRIMARY KEY (customer, mobile, cause)
) STRICT, WITHOUT ROWID;

INSERT INTO mobile_id_hold (customer, mobile, cause, reason, created_at)
	SELECT customer, id, suspended_by, reason, changed_at FROM mobile_id WHERE state = 'suspended' AND suspended_by <> '';

-- Requests that are to be judged, by when their time is over.
CREATE INDEX identity_request_pending ON identity_request (expires_at) WHERE state = 'pending';
