-- Imports of SIM cards that are under way: their cards are there in batches, and seen by nobody until the state is 'taken'.
CREATE TABLE sim_import (
	id         BYTEA NOT NULL PRIMARY KEY,
	name       TEXT    NOT NULL, -- of the file
	state      TEXT    NOT NULL CHECK (state IN ('open', 'taken', 'dropped')),
	touched_at BIGINT NOT NULL -- when the last batch came
);

-- NULL: an ordinary card. A card of an import becomes one after the import was taken.
ALTER TABLE sim_card ADD COLUMN import BYTEA;

CREATE INDEX sim_card_import ON sim_card (import) WHERE import IS NOT NULL;
