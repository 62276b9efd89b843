-- Requests of online services to the ID server: an authentication or a signature by mobile ID,
-- and whether it was granted.
CREATE TABLE identity_request (
	customer    BLOB NOT NULL, -- of somebody without a mobile ID: nobody's
	id          BLOB NOT NULL,
	client      TEXT NOT NULL, -- who asked, and alone may look
	kind        TEXT NOT NULL,
	transaction_handle TEXT NOT NULL, -- of the signature server
	content     BLOB NOT NULL, -- SHA-256 of what was to be signed
	payment     BLOB, -- canonical form
	confirm     TEXT NOT NULL, -- told on the phone once it is granted; '' for nothing
	reference   TEXT NOT NULL, -- the service's own
	state       TEXT NOT NULL,
	reason      TEXT NOT NULL,
	person      TEXT NOT NULL, -- serial number in the certificate; '' until granted
	policies    INTEGER NOT NULL, -- version in force
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER NOT NULL,
	ended_at    INTEGER,
	PRIMARY KEY (customer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_request_created ON identity_request (created_at);

-- Staff list what was asked of all phones, the newest first.
CREATE INDEX mobile_id_request_newest ON mobile_id_request (id);
