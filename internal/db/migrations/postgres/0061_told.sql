-- What the authority that has issued a certificate was told of its status, where it is another one: EST cannot revoke.
ALTER TABLE pki_certificate ADD COLUMN told TEXT NOT NULL DEFAULT 'good';

CREATE INDEX pki_certificate_untold ON pki_certificate (expires_at, serial) WHERE issuer = 0 AND status <> told;
