-- Authorities, and the keys that answer and stamp for them.
CREATE TABLE pki_authority (
	id           BLOB    NOT NULL PRIMARY KEY,
	number       INTEGER NOT NULL,
	kind         TEXT    NOT NULL, -- root, issuing, ocsp, tsa
	state        TEXT    NOT NULL, -- pending, active, retired
	issuer       INTEGER NOT NULL, -- number of who certified it; 0 while it is not known
	name         TEXT    NOT NULL,
	private      BLOB,             -- what the vault has given for it
	request      BLOB,             -- PKCS #10
	certificate  BLOB,             -- DER
	list_number  INTEGER NOT NULL, -- of the last revocation list
	changed_at   INTEGER,          -- when the status of a certificate changed last
	created_at   INTEGER NOT NULL,
	installed_at INTEGER,
	retired_at   INTEGER,
	expires_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX pki_authority_number ON pki_authority (number);
-- One of a kind is at work: one issuing authority, and one responder for each authority.
CREATE UNIQUE INDEX pki_authority_active ON pki_authority (kind, issuer) WHERE state = 'active' AND kind <> 'root';

-- Revocation lists.
CREATE TABLE pki_list (
	issuer     INTEGER NOT NULL,
	number     INTEGER NOT NULL,
	list       BLOB    NOT NULL, -- DER
	entries    INTEGER NOT NULL,
	made_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL, -- nextUpdate
	PRIMARY KEY (issuer, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE pki_certificate (
	serial      TEXT    NOT NULL PRIMARY KEY, -- hexadecimal
	issuer      INTEGER NOT NULL,             -- in pki_authority; 0 for another authority's
	order_id    BLOB    NOT NULL,
	customer    BLOB,
	profile     TEXT    NOT NULL,
	status      TEXT    NOT NULL, -- good, hold, revoked
	reason      INTEGER NOT NULL, -- of RFC 5280, section 5.3.1
	key_hash    BLOB    NOT NULL, -- SHA-256 of the SubjectPublicKeyInfo
	certificate BLOB,             -- DER; NULL once its owner is erased
	chain       BLOB,             -- DER, of another authority's
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER NOT NULL,
	changed_at  INTEGER           -- of the status
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX pki_certificate_order ON pki_certificate (order_id);
CREATE INDEX pki_certificate_customer ON pki_certificate (customer) WHERE customer IS NOT NULL;
CREATE INDEX pki_certificate_listed ON pki_certificate (issuer, serial) WHERE status <> 'good';
CREATE INDEX pki_certificate_made ON pki_certificate (created_at, serial);
CREATE INDEX pki_certificate_expires ON pki_certificate (expires_at, serial);

-- Whose a public key is: nobody else gets a certificate for it.
CREATE TABLE pki_key (
	key_hash BLOB NOT NULL PRIMARY KEY,
	holder   BLOB NOT NULL -- keyed hash of the subject
) STRICT, WITHOUT ROWID;
