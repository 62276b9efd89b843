-- The list of all mobile tokens of an application, by state, newest first.
CREATE INDEX mobile_token_list ON mobile_token (application, status, id);
