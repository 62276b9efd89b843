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
//	signing, C  event counter       as HOTP
//	signing, T  time step           as TOTP; one signature a step
//
// # Signing
//
// A policy of use sign is checked with the keys of usage sign, and no others: the
// question is what the token makes of the payment that was typed, by the signing
// profile of the device's model (package payment). There is no challenge to spend,
// so a key without counter and clock cannot sign (RFC 6287, section 8.2, IC9):
// the import refuses it, and the check does too, for models may come to sign later.
// A code that was the last signature, sent again for its payment, is told as
// replayed.
//
// To resynchronize a signing key the challenge is typed as the only entry. No
// payment has one entry only, so neither can stand for the other.
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
// # Unlocking
//
// A token that locked itself after wrong PINs shows a challenge, of as many decimal
// digits as the suite of its unlock key takes; the last is a check digit
// (ISO/IEC 7812-1). The unlock code is the OCRA response of that key to the whole
// challenge, check digit included, and has no check digit of its own. The key is
// one of its own (usage unlock), whose suite takes a decimal challenge and nothing
// else. The same challenge gets one code, ever: a row of token_unlock, which stays
// as long as the device. [Upkeep.Unlock] says what is refused.
//
//	challenge \ requests    open                                   blocked by unlock.requests
//	fresh, right digit      the code; counted, spent, recorded     refused; recorded
//	answered before         refused; counted, recorded             refused; recorded
//	wrong check digit       refused; counted, recorded             refused; recorded
//	of another form         refused; nothing is counted            the same
//
//	requests                by
//	open → blocked          a request, the last of unlock.requests.max since the token's last right code
//	blocked → open          its cool-down; or the token's next right code, by token_key.used_at
//	blocked → for good      unlock.requests.max_blocks; the token's next right code still opens it
//	blocked, for good → open  a second member of staff than who identified the customer ([Upkeep.AllowUnlock])
//
// The failure counter of the customer does not change, nor do the token's other
// keys. (TestUnlock, TestUnlockRefuses, TestUnlockIsLimited, TestOneChallengeOneCode,
// TestUnlockIsAllowedAgain.)
//
// # Falling out of step, and back
//
// A token that was used unseen is brought back by one to three codes that it gave
// directly one after another ([Upkeep.Resync]), or by what its display shows
// ([Upkeep.ResyncByHand]). Codes are searched once, over events.resync and
// time.resync; those that stand at two places do not do, since at the lower place
// they would stay good for another use. Answers to challenges do for challenges
// that were posed for it. The codes of a token prove themselves; a reading does not.
//
//	key is           good code               codes in a row           reading                 restore
//	proven           proven                  proven; codes spent      unproven                resync first (events)
//	unproven         proven, by the windows  proven; codes spent      unproven                resync first (events),
//	                 of first use                                                             unless in stock
//	resync first     refused, counts         proven; codes spent      unproven, by a counter  resync first
//
//	codes                                    outcome         failure counter   counter, clock
//	in a row, in the windows, none spent     synchronized    := 0, opened      moved; never down
//	the same, spent meanwhile                no_match        +1                unchanged
//	anything else                            no_match        +1                unchanged
//	at two places                            ambiguous       unchanged         unchanged
//	in a row, perhaps spent before a restore too_early       unchanged         unchanged
//	fewer than the policy asks for, no code  (a fault)       unchanged         unchanged
//
// While the failure counter is blocked it counts nothing; attempts are therefore
// counted per token as well (token_attempt), and end for a cool-down.
// (TestResyncEvents, TestResyncTime, TestResyncAndTheFailureCounter,
// TestResyncIsLimited, TestAmbiguousCodes, TestReadCounter, TestReadClock,
// TestSpentCodesDoNotResynchronize, TestUpkeepProperties.)
//
// Either needs a [Warrant], checked in the same transaction: an identification of
// the customer by whoever acts, or, for customers, a second proof of their own.
// What a token shows is entered by staff only.
//
// # Customers who act for themselves
//
// Whoever holds a session of a customer may not be that customer, and one of two
// tokens may be in the wrong hands. So a customer may stop a token with nothing but
// a session, and set nothing going:
//
//	act on a token of their own     warrant
//	Rename, Suspend                 none
//	Resync, Challenges              a fresh code of a token of theirs that is in step
//	Lose                            a [SecondProof] by another token
//	all others                      refused: token.help_desk
//
// Of two tokens that report each other the first is believed: a code of a token
// that was reported meanwhile is worth nothing (TestOwnActs,
// hub.TestTokensReportEachOther).
//
// # From stock to end
//
// [Care] suspends, replaces, retires and takes back; the states are those of
// package device, and docs/conformance/lifecycle.md says what is possible when.
//
//	handover                                        by
//	none → waiting   a token is given, or was found      Replace, Found
//	waiting → none   its first code was right            Activate, or a registration (Proven);
//	                 the token that it replaces ends     in the same transaction
//	waiting → none   it was lost, retired or taken back  Lose, Retire, Return
//
// What comes back to stock is cut off from who had it (forget.go): PINs and
// counts are gone, codes that were shown before are worthless, and the column
// holding is one higher, so that a code that was checked before is not settled
// afterwards. The counter never goes down.
//
// A bulk act ([Bulk]) is a value: what one member of staff proposes is what is
// carried out when another has approved.
//
// # Import
//
// See import.go: rows come from a pskc.Source, go to stock, and every row is
// reported. An import is all or nothing, or row by row.
//
// Tables: token_key, token_handover, token_bulk, token_import, token_unlock, token_attempt, token_restored.
package token
