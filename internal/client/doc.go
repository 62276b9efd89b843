// Package client keeps the applications that call us: the bank's own and those
// of service providers. It authenticates them (OAuth 2.0 client credentials),
// issues and verifies their access tokens, limits their rate, and remembers the
// answers to their idempotent requests.
//
// # Authentication
//
// [Register.Token] is the token endpoint (RFC 6749, section 4.4) without HTTP:
//
//	client_secret_basic, client_secret_post   RFC 6749, section 2.3.1
//	private_key_jwt                           RFC 7523; ES256, EdDSA, RS256, PS256
//
// Secrets have 256 random bits, so a keyed MAC stores them well enough. A secret
// can be rotated with an overlap in which the old one still works. An assertion
// names the client as issuer and subject, us as audience, lives at most five
// minutes and is used once: its jti is inserted, and the insert that finds it
// there fails. Every failure looks the same; the audit log has the reason. Of many
// failures in a row one a second is recorded, with the number of the others.
//
// # Access tokens
//
// A token is a JWT (RFC 9068, "typ":"at+jwt") signed with HMAC-SHA-256 under a key
// derived from the keyring: only we read it. It lives ten minutes by default and
// carries the client, its generation and the scopes that were granted.
// [Register.Verify] checks the HMAC over the whole token before it looks at
// any of it, accepts only the exact layout that we write, and then asks a table in
// memory, which every node compares with the database twice a second: a
// disabled client, a reduced scope or a new generation ends older tokens within a
// second. When the table could not be compared for five seconds, nobody is let in.
//
// # States
//
//	active ⇄ disabled      Disable, Enable
//
// Disable, and RevokeTokens without disabling, raise the generation.
//
// # Idempotency
//
// [Answers] binds an idempotency key of a client to one request and to its
// answer:
//
//	(none) ──Claim──► leased ──Complete──► answered ──expiry──► (none)
//	                    └──Release, or a lease that ran out──► claimed again
//
// # Tables
//
// client, client_revision (one row, raised by every change), client_assertion
// (jti that were used), idempotency.
//
// # Threats
//
// A stolen database: no secret can be read, answers are sealed. A replayed
// assertion: refused for as long as it would be valid. Algorithm confusion: the
// list of algorithms is closed and a key that names its algorithm is used with no
// other. Floods: [Limiter] bounds requests per client and per source in bounded
// memory. Client ids are no secrets, and no effort is made to hide which exist.
package client
