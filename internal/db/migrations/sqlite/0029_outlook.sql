-- What the last refused proof was told to lead to, so that a repeated request is
-- answered alike: attempts left, and whether the next block is permanent.
ALTER TABLE authentication ADD COLUMN last_left INTEGER NOT NULL DEFAULT 0;
ALTER TABLE authentication ADD COLUMN last_permanent INTEGER NOT NULL DEFAULT 0;
