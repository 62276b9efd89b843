-- Challenges of locked tokens that an unlock code was given for. A challenge gets
-- one code, ever: rows stay as long as the device.
CREATE TABLE token_unlock (
	device    BLOB NOT NULL,
	challenge TEXT NOT NULL,
	given_at  INTEGER NOT NULL,
	PRIMARY KEY (device, challenge)
) STRICT, WITHOUT ROWID;

-- How often unlocking and resynchronization were tried for a token.
CREATE TABLE token_attempt (
	device        BLOB NOT NULL,
	act           TEXT NOT NULL,
	failures      INTEGER NOT NULL,
	blocks        INTEGER NOT NULL,
	blocked_until INTEGER,
	claimed_at    INTEGER NOT NULL,
	PRIMARY KEY (device, act)
) STRICT, WITHOUT ROWID;

-- Keys whose counter was moved up because the database was restored, with what
-- it was in the backup.
CREATE TABLE token_restored (
	device BLOB NOT NULL,
	key_id TEXT NOT NULL,
	known  INTEGER NOT NULL,
	PRIMARY KEY (device, key_id)
) STRICT, WITHOUT ROWID;
