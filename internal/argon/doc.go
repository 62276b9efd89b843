// Package argon hashes passwords with Argon2id (RFC 9106) so that a flood of
// logins slows down and does not take the server with it.
//
// A hash is stored as text with its parameters, so that they can be raised later
// without making old hashes useless (SCA-47):
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
//
// One hash costs tens of megabytes and milliseconds. A [Hasher] therefore runs a
// fixed number at a time and keeps a fixed number waiting; whoever comes later is
// told at once to come back. Verifying against nothing ([Hasher.Dummy]) waits in
// the same line and costs the same, so that time does not tell whether an account
// exists (SCA-61).
//
// # Threats
//
// A stolen hash: the parameters are OWASP's (19 MiB, two passes). A hash planted
// with enormous parameters: bounded when read. A long password: bounded by the
// caller, at most 1 KiB here.
package argon
