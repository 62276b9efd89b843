// Package token is authentication with hardware tokens: the keys inside them,
// the import that brings them, and the check of their secure codes.
//
// # What a key needs
//
// A row of token_key is one key of a device: HOTP (RFC 4226), TOTP (RFC 6238) or
// OCRA (RFC 6287). Its seed is sealed with the label "token.seed" under the device's
// id. The column next_value holds, for all three, the lowest counter or time
// step that is not spent: a code at next_value or above may be accepted, and
// accepting one at v sets next_value to v + 1 in one conditional UPDATE. So a
// code is accepted at most once, whoever races, and the value never goes down.
//
//	key       next_value            window
//	HOTP      event counter         first use, then events.window ahead
//	TOTP      time step             first use, then ± time.skew around the learned drift
//	OCRA C    event counter         as HOTP
//	OCRA, no C  unused              the challenge is spent in its place; a clock as TOTP
//
// # PINs
//
// A PIN that the token asks for (policy.Model.DevicePIN, PSKC PINUsageMode
// Local) never reaches us; its code shows knowledge and possession. A PIN typed
// before or after the code (Prepend, Append) is kept as a keyed hash and compared
// in constant time; it is chosen at registration if the file brings none. A PIN
// that enters the computation (Algorithmic) is kept sealed.
//
// # Checking
//
// All usable keys of the customer are tried, each over its whole window, without
// stopping at a match. A customer without any is answered after the same work on
// a decoy key. Nothing is changed; [authenticator.Settle] consumes.
//
// # Import
//
// See import.go: rows come from a pskc.Source, go to stock, and every row is
// reported. An import is all or nothing, or row by row.
//
// Tables: token_key, token_import.
package token
