// Package passcode is the method of codes by text message, and the phones that they
// go to: an authenticator.Method that shows possession, and an authenticator.Part of
// registrations.
//
// RTS recital 6 and article 7 take a text message to a registered number as proof of
// possession; NIST SP 800-63B-4, section 3.1.3.3, calls it the one restricted
// authenticator. Offer another one besides (SCA-50, SCA-69).
//
// # A code
//
// has 6 to 10 digits, lives for 10 minutes at most, is good once, and for one decision: its
// keyed hash covers customer, authentication, policy and the hash of the payment, so that
// it is right for exactly that amount, currency and payee (RTS art. 5(1)(b), invariant 3).
// Amount and payee stand before it in the text (SCA-12), and the last line names the
// origin it belongs to (WICG, sms-one-time-codes).
//
//	state of a decision    ask                                  right code        wrong code
//	none                   a code is sent; waiting              wrong             failure + 1
//	waiting                the same answer                      used; clears      failure + 1
//	due (after resend)     a new code; the old one is dead      used; clears      failure + 1
//	last (codes are sent)  the same answer                      used; clears      failure + 1
//	expired                as due, or as last                   wrong             failure + 1
//	used                   the same answer, and nothing sent    replayed          failure + 1
//
// Of many that ask at once one has a code sent, by a compare-and-swap on the decision's
// row; a request that is repeated under its idempotency key has none sent, however late.
// The wait for the next code doubles. "Clears" is the failure counter, by package
// authenticator, and the count of requests.
//
// # A phone
//
// is a phone number of the customer's (a contact) that codes go to: at most one is
// active, and at most one is pending or held. The number stands in the contact only: with
// it go the codes. A cell is the state after the act, with the fault in brackets when it
// was refused; docs/conformance/phones.md has all of them, and TestEveryPhoneAndAct reads it.
//
//	pending   Change, Ask      a code was sent to the new number
//	held      Confirm          it came back; the hold runs, or staff decide
//	active    Confirm, Mature, Decide, Register, Complete
//	replaced  by the next active one
//	removed   Unregister, Cancel
//	refused   GiveUp, Decide, Stop, Mature (no code for a day; customer not active), another Change
//
// Changing the number is binding an authenticator: it needs two independent factors, a code
// that was sent to the new number, and a notice to the old one, once; the policy, or risk for
// one customer, puts it on hold. Codes go to the old number until then.
//
// # The request limit (F-6.8)
//
// counts, in the row of the phone, the codes that a customer asks for without giving a
// right one. It is apart from the failure counter: neither its reset (F-6.7) nor the end of a
// block touches it. Beyond it no code is sent until staff, who have identified the
// customer, unregister the phone and register it anew, or the last code that was sent
// still comes back right. Requests that a budget refuses do not count: else a flood by
// somebody else would lock customers out.
//
// # Uniform
//
// Asking has the same answer, statements, rows and records for customers without a phone, those
// that do not exist, and whoever gets no code because something is used up; where a
// text would be put into the outbox, a message of kind passcode.nothing is, which is
// delivered to nobody. Why nothing was sent is for the bank's systems and staff. The
// policies refuse journeys that would text before any factor was shown, unless they say
// texts_first: who types a customer number must not make us pay for a text.
//
// # Tables
//
// passcode_phone, passcode_code. Records: passcode.withheld, passcode.request_limit,
// phone.pending, .confirmed, .activated, .refused, .removed, .released.
//
// # Threats
//
// A stolen database: hashes are keyed, numbers sealed. A stolen session: two fresh factors
// for another number. A stolen SIM: the old number is told, and the hold gives time. Names
// of payees that lie: plainName. Pumping: sms.Budget.
package passcode
