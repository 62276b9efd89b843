-- Passwords of customers. sealed is the hash as text (PHC form); one that was
-- imported is replaced by one of ours at the first login.
CREATE TABLE password (
	customer     BYTEA   NOT NULL PRIMARY KEY,
	sealed       BYTEA   NOT NULL,
	scheme       TEXT    NOT NULL, -- of the hash that was imported: family and costs; '' when it is ours
	needs_rehash SMALLINT NOT NULL,
	generation   BIGINT  NOT NULL, -- counts passwords, not hashes of the same one
	created_at   BIGINT  NOT NULL,
	changed_at   BIGINT  NOT NULL, -- of the password
	used_at      BIGINT
);

-- Whether a scheme is still in use.
CREATE INDEX password_imported ON password (scheme) WHERE needs_rehash = 1;

-- How many hashes of each scheme were imported: see package password, equal work.
CREATE TABLE password_scheme (
	scheme   TEXT    NOT NULL PRIMARY KEY,
	imported BIGINT  NOT NULL
);
