-- What only the bank can say of an authentication, and an exemption may stand on; empty: nothing.
ALTER TABLE authentication ADD COLUMN grounds TEXT NOT NULL DEFAULT '';
