-- Keys to which devices seal their messages. A private key is deleted when the last message to it is too old.
CREATE TABLE companion_recipient (
	suite   BIGINT NOT NULL,
	period  BIGINT NOT NULL, -- whole spans between two keys since 1970
	key_id  BYTEA NOT NULL,
	secret  BYTEA NOT NULL,    -- sealed
	made_at BIGINT NOT NULL,
	seal_until BIGINT NOT NULL,
	open_until BIGINT NOT NULL,
	PRIMARY KEY (suite, period)
);
