-- How a customer fares with a policy, for the help desk: wrong proofs ever, and how
-- many right ones came last in a row (negative: wrong ones).
ALTER TABLE authenticator ADD COLUMN mistakes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE authenticator ADD COLUMN streak INTEGER NOT NULL DEFAULT 0;
