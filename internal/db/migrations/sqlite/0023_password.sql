-- Passwords of customers. sealed is the hash as text (PHC form); one that was
-- imported is replaced by one of ours at the first login.
CREATE TABLE password (
	customer     BLOB    NOT NULL PRIMARY KEY,
	sealed       BLOB    NOT NULL,
	scheme       TEXT    NOT NULL, -- of the hash that was imported: family and costs; '' when it is ours
	needs_rehash INTEGER NOT NULL,
	generation   INTEGER NOT NULL, -- counts passwords, not hashes of the same one
	created_at   INTEGER NOT NULL,
	changed_at   INTEGER NOT NULL, -- of the password
	used_at      INTEGER
) STRICT, WITHOUT ROWID;

-- Whether a scheme is still in use.
CREATE INDEX password_imported ON password (scheme) WHERE needs_rehash = 1;

-- How many hashes of each scheme were imported: see package password, equal work.
CREATE TABLE password_scheme (
	scheme   TEXT    NOT NULL PRIMARY KEY,
	imported INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
