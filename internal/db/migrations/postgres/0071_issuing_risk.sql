-- What the risk engine said of a payment with a token.
ALTER TABLE issuing_authorization ADD COLUMN risk BYTEA; -- event
