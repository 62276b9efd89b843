-- Keys to which devices seal their messages. A private key is deleted when the last message to it is too old.
CREATE TABLE companion_recipient (
	suite   INTEGER NOT NULL,
	period  INTEGER NOT NULL, -- whole spans between two keys since 1970
	key_id  BLOB NOT NULL,
	secret  BLOB NOT NULL,    -- sealed
	made_at INTEGER NOT NULL,
	seal_until INTEGER NOT NULL,
	open_until INTEGER NOT NULL,
	PRIMARY KEY (suite, period)
) STRICT, WITHOUT ROWID;
