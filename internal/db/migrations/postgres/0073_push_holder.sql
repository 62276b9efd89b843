-- Pushes wake devices that customers live with, too, when letters wait for them: token is the id of a device then.
ALTER TABLE push_binding ADD COLUMN holder TEXT NOT NULL DEFAULT 'mobile_token'; -- mobile_token, companion
