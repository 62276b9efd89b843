// Package registration is how a customer comes to their first proof: activation
// codes, and the steps from an activation code to a registered hardware token
// (F-4.1) or password (F-6.1).
//
// # Activation codes
//
//	valid       may be used, until expires_at and within its attempts
//	used        spent by a completed registration
//	cancelled   taken back by staff or the bank
//	superseded  replaced by a newer one
//
//	from   to          by
//	valid  valid       Extend (at most registration.max_extend times)
//	valid  used        Confirm, in the transaction that registers
//	valid  cancelled   Revoke
//	valid  superseded  Issue, of another code for the same customer and policy
//
// A code has 40 bits or more and two check characters. It is kept as a keyed
// hash (form "hashed"; HMAC-SHA-256 under the keyring's index key, with the
// code's id) because a memory-hard hash would let anybody keep the server busy;
// protocols that need the value itself keep it sealed (form "sealed"). It is
// shown once, to whoever asked for it; with registration.split only its first half is,
// and the second half leaves through the outbox.
//
// # Registration
//
//	begun      the activation code was right (F-4.1.5)
//	reserved   a token's serial number was right; the token is kept for this customer (F-4.1.7)
//	done       a secure code was right; token, authenticator and code in one transaction (F-4.1.11)
//	abandoned  given up, run out, or replaced
//
//	from             to         by
//	begun, reserved  reserved   Token (another serial number replaces the first)
//	reserved         done       Confirm
//	begun, reserved  abandoned  Abandon; Revoke, or Issue of another code; anybody's, once
//	                            expires_at has passed
//
// Entering the same activation code again resumes an open registration. Nothing
// belongs to the customer before Confirm, so a broken-off registration leaves
// nothing behind: the token stays in stock, and its reservation ends by time.
//
// # Registrations without a token
//
// The policy of the activation code decides what follows. One of the method token has the
// states above. One of the method password has steps: it, and the policies that it names
// with itself (policy.Policy.With), in that order (F-6.1). Each method checks and keeps its
// own step (authenticator.Part, by method in [Config].Parts):
//
//	Ask       what the customer needs first, such as a code by text message
//	Prove     outside any transaction: is it right, or good enough to be chosen
//	Complete  at the end: make it true
//	Cancel    take it away: what is forgotten or lost
//
//	from    act                                   to
//	begun   Give, right, others are awaited       begun; what the method keeps is stored, sealed
//	begun   Give, right, the last one             done: Complete of every step, authenticators and
//	                                              activation code in one transaction
//	begun   Give, a code that is wrong            begun; counted on the activation code
//	begun   Give, a secret not good enough        begun; Mistakes; nothing was guessed, nothing
//	                                              is counted
//	begun   Give, somebody else was first         begun; counted; nothing of it stays
//	begun   Token, Confirm                        refused: registration.no_token_steps, no_token
//	begun   Abandon, Revoke, Issue, time          abandoned; what was kept is deleted
//
// A step that was proven is not asked again when the registration is resumed. Nothing is
// the customer's before the end (TestPasswordAndMore). What is registered anew after
// [Desk.Forgotten], the help desk's reset with an identification, begins with a clear
// counter: what was guessed at is no more.
//
// # Attempts
//
// Wrong activation codes count on the customer (activation_attempts), wrong
// serial numbers and first secure codes on the activation code, so that starting
// over does not give new attempts. All are package limit's counters. A customer
// who does not exist, or has no code, is answered like a wrong code after the
// same work.
//
// Tables: activation_code, activation_attempts, registration, registration_part.
package registration
