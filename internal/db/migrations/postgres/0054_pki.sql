-- Authorities, and the keys that answer and stamp for them.
CREATE TABLE pki_authority (
	id           BYTEA    NOT NULL PRIMARY KEY,
	number       BIGINT NOT NULL,
	kind         TEXT    NOT NULL, -- root, issuing, ocsp, tsa
	state        TEXT    NOT NULL, -- pending, active, retired
	issuer       BIGINT NOT NULL, -- number of who certified it; 0 while it is not known
	name         TEXT    NOT NULL,
	private      BYTEA,             -- what the vault has given for it
	request      BYTEA,             -- PKCS #10
	certificate  BYTEA,             -- DER
	list_number  BIGINT NOT NULL, -- of the last revocation list
	changed_at   BIGINT,          -- when the status of a certificate changed last
	created_at   BIGINT NOT NULL,
	installed_at BIGINT,
	retired_at   BIGINT,
	expires_at   BIGINT
);

CREATE UNIQUE INDEX pki_authority_number ON pki_authority (number);
-- One of a kind is at work: one issuing authority, and one responder for each authority.
CREATE UNIQUE INDEX pki_authority_active ON pki_authority (kind, issuer) WHERE state = 'active' AND kind <> 'root';

-- Revocation lists.
CREATE TABLE pki_list (
	issuer     BIGINT NOT NULL,
	number     BIGINT NOT NULL,
	list       BYTEA    NOT NULL, -- DER
	entries    BIGINT NOT NULL,
	made_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL, -- nextUpdate
	PRIMARY KEY (issuer, number)
);

CREATE TABLE pki_certificate (
	serial      TEXT    NOT NULL PRIMARY KEY, -- hexadecimal
	issuer      BIGINT NOT NULL,             -- in pki_authority; 0 for another authority's
	order_id    BYTEA    NOT NULL,
	customer    BYTEA,
	profile     TEXT    NOT NULL,
	status      TEXT    NOT NULL, -- good, hold, revoked
	reason      BIGINT NOT NULL, -- of RFC 5280, section 5.3.1
	key_hash    BYTEA    NOT NULL, -- SHA-256 of the SubjectPublicKeyInfo
	certificate BYTEA,             -- DER; NULL once its owner is erased
	chain       BYTEA,             -- DER, of another authority's
	created_at  BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	changed_at  BIGINT           -- of the status
);

CREATE UNIQUE INDEX pki_certificate_order ON pki_certificate (order_id);
CREATE INDEX pki_certificate_customer ON pki_certificate (customer) WHERE customer IS NOT NULL;
CREATE INDEX pki_certificate_listed ON pki_certificate (issuer, serial) WHERE status <> 'good';
CREATE INDEX pki_certificate_made ON pki_certificate (created_at, serial);
CREATE INDEX pki_certificate_expires ON pki_certificate (expires_at, serial);

-- Whose a public key is: nobody else gets a certificate for it.
CREATE TABLE pki_key (
	key_hash BYTEA NOT NULL PRIMARY KEY,
	holder   BYTEA NOT NULL -- keyed hash of the subject
);
