// Package oath makes and checks the one-time codes of the Initiative for Open
// Authentication: HOTP (RFC 4226), TOTP (RFC 6238) and OCRA (RFC 6287).
//
// It is a protocol package: keys, counters, times and texts in, codes and
// matches out. It has no clock, no storage and no log, and it never decides
// whether a code may still be tried or was used before; it only says where in
// a window a code stands.
//
// # Parts
//
//	HOTP, TOTP   codes of one key by counter or by time; search; resynchronization
//	Suite        an OCRASuite, parsed strictly; its text is part of what is hashed
//	OCRA         responses of one suite and key; one-way challenge-response
//	             (section 7.1) and, by NewSignature, plain signatures (7.3.1)
//	Mutual       both sides prove the key: mutual challenge-response (7.2) and
//	             signature with server authentication (7.3.2)
//	Canonical    the one spelling of a code that people typed
//	CheckKey     the length policy for keys that are created or imported
//
// # Checking a code
//
// Find and Resync return the counter or time step that belongs to the code.
// The caller then consumes it with one conditional update, and only if that
// succeeds was the code right:
//
//	UPDATE token SET counter = $matched + 1 WHERE id = $id AND counter <= $matched
//
// Counters and steps below the start of a window (from, Window.From) never
// match, so a code that was consumed is not found again. Resync takes one to
// three codes that the token gave directly one after another; the chance that
// guesses pass falls with each, so wide windows go with two or three codes.
//
// # Invariants
//
//   - A search computes every candidate of its window and compares each in
//     constant time. How long it takes depends on the size of the window alone:
//     not on where or whether the code matches, nor on whether it is well formed.
//   - A search of a prepared HOTP or TOTP allocates nothing; one of OCRA
//     allocates for its input, not for its window.
//   - Windows do not wrap around: they end at the last counter and begin at the
//     first step. Windows wider than MaxWindow match nothing.
//   - ParseSuite(t).String() == t for every suite text that is accepted.
//   - No error, and no way of formatting a value, shows a key, a code, a
//     question or a PIN.
//
// # Threats
//
//   - Guessing: a code has the chance window / 10^digits, and ten digits carry
//     no more than 31 bits. Throttling is the caller's duty (RFC 4226, 7.3).
//   - Replay in another spelling: Canonical first, then anything else.
//   - Leading a clock away: Window.MaxDrift bounds what a match may teach.
//   - Confusing suites: the text is parsed strictly and hashed as it stands, so
//     a response for one suite is none for another.
//   - Confusing questions: a question that is too long is refused, never cut;
//     one that is too short to resist guessing is refused too. A number hashes
//     as its value, so "0012" and "12" are one question: treat them as one when
//     a challenge is consumed. Two questions in one computation are joined
//     without a separator (RFC 6287, section 5.1), so a server that checks both
//     sides must have issued its own question at full length.
//   - Short keys: accepted for the sake of vectors, refused by CheckKey.
//   - Memory: keys live in the state of package hmac until they are collected;
//     make a token for one check and drop it.
package oath
