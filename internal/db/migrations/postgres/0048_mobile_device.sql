-- Phones with mobile tokens: the name of their key, the key by which they sign requests and
-- what they say of themselves; requests that were seen; keys of the provisioning server.
ALTER TABLE mobile_key ADD COLUMN key_id TEXT NOT NULL DEFAULT ''; -- of the key package; '' for keys that are derived
ALTER TABLE mobile_key ADD COLUMN device_key BYTEA; -- public, P-256, 65 bytes; NULL until the phone binds one
ALTER TABLE mobile_token ADD COLUMN platform TEXT NOT NULL DEFAULT '';
ALTER TABLE mobile_token ADD COLUMN locale TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX mobile_key_name ON mobile_key (key_id) WHERE key_id <> '';

CREATE TABLE mobile_request (
	key_id     TEXT    NOT NULL,
	jti        TEXT    NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (key_id, jti)
);

CREATE INDEX mobile_request_expires ON mobile_request (expires_at);

CREATE TABLE mobile_server_key (
	number     BIGINT NOT NULL PRIMARY KEY,
	private    BYTEA   NOT NULL, -- sealed, PKCS #8
	created_at BIGINT NOT NULL
);
