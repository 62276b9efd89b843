-- A password that staff have declared outdated: it opens nothing but its replacement.
ALTER TABLE password ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;

-- Former passwords, which may not come again for a while.
CREATE TABLE password_former (
	customer   BLOB NOT NULL,
	generation INTEGER NOT NULL, -- which one of the customer's passwords it was
	sealed     BLOB NOT NULL,
	ended_at   INTEGER NOT NULL,
	PRIMARY KEY (customer, generation)
) STRICT, WITHOUT ROWID;

-- What must be replaced before the awaited step counts: policy, and what the method
-- calls it; '' for nothing.
ALTER TABLE authentication ADD COLUMN renewing TEXT NOT NULL DEFAULT '';

-- What was proven in a registration of several policies; kept is what the method
-- stores at its end, sealed.
CREATE TABLE registration_part (
	customer  BLOB NOT NULL,
	id        BLOB NOT NULL,
	policy    TEXT NOT NULL,
	kept      BLOB,
	proven_at INTEGER NOT NULL,
	PRIMARY KEY (customer, id, policy)
) STRICT, WITHOUT ROWID;
