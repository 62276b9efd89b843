-- What messages that come in another order say of a payment.
ALTER TABLE issuing_authorization ADD COLUMN told INTEGER NOT NULL DEFAULT 0; -- an advice told of what was approved here, too
ALTER TABLE issuing_message ADD COLUMN paid INTEGER NOT NULL DEFAULT 0; -- what its reversals say stays paid, minor units
