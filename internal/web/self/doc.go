// Package self is where customers look after their own tokens: they see them, name
// them, report one lost or have it stopped, bring one back into step, and read what
// happened lately. Those who have a password and a phone change them. It calls the
// domain's use cases, as the customer.
//
// # Pages
//
//	GET  /login                      customer ID and secure code
//	POST /login                      the same
//	POST /login/number               "my token asks for a number": a challenge, please
//	GET  /login/answer               the number, and the field for the answer
//	POST /login/answer               the answer, or the next code of a longer login
//	GET  /login/password             customer ID and password
//	POST /login/password             the same; a code by text message is sent then
//	POST /login/again                another such code
//	GET  /login/replace              the password has run out: a new one
//	POST /login/replace              the same
//	GET  /login/repeat               the new one once more
//	POST /login/repeat               the same; the login goes on
//	GET  /timeout                    where an idle page goes
//	POST /logout                     ends this session
//	GET  /tokens                     all tokens, and what ends soon       (logged in from here)
//	GET  /tokens/{id}                one token
//	POST /tokens/{id}/name           what its owner calls it
//	GET  /tokens/{id}/lost           what can be done about a loss
//	POST /tokens/{id}/lost           reports it, with a code of another token
//	POST /tokens/{id}/lost/number    a challenge for that token
//	POST /tokens/{id}/stop           stops it at once, without a code
//	GET  /tokens/{id}/resync         step 1: a fresh code
//	POST /tokens/{id}/resync         step 1, done: asks for the codes of step 2
//	POST /tokens/{id}/resync/number  a challenge for step 1
//	POST /tokens/{id}/resync/codes   step 2: codes one after another
//	GET  /security                   password, phone, and what was sent lately
//	GET  /security/password          step 1: a fresh proof
//	POST /security/password/secret   a proof that begins with the password; a code is sent
//	POST /security/password/proof    the code, of a token or that was sent; asks for step 2
//	POST /security/password/number   a challenge for step 1
//	POST /security/password          step 2: the password until now, and the new one
//	GET  /security/phone             and the same addresses below it: a new phone number
//	GET  /security/phone/code        the code that was sent to the new number
//	POST /security/phone/code        the same
//	POST /security/phone/again       another such code
//	POST /security/phone/stop        the number stays what it was
//	GET  /security/payee             and the same addresses below it: a payee to be trusted
//	GET  /security/unpayee           and the same addresses below it: one who is not any more
//	GET  /payees                     trusted payees, and series of payments
//	POST /payees/series/{id}/end     ends a series
//	GET  /mobile/{id}                one mobile token, what comes next, and its history
//	POST /mobile/{id}/name           what its owner calls it
//	POST /mobile/{id}/cancel         takes its activation code back
//	POST /mobile/{id}/abandonment    ends its migration
//	GET  /mobile/{id}/block          what follows from a block
//	POST /mobile/{id}/block          blocks it at once
//	GET  /mobile/add                 and the addresses of a change below it: a token on a new phone
//	GET  /mobile/{id}/migration      and so on: to a new phone, in the place of the old one
//	GET  /mobile/{id}/redistribution and so on: the same token to another phone, or with another PIN
//	GET  /mobile/{id}/renewal        and so on: another activation code
//	GET  /mobile/{id}/extension      and so on: more time for the one that is out
//	GET  /mobile/{id}/compare        and so on: the digits that the new phone shows
//	GET  /mobile/{id}/enabling       and so on: sets a blocked one going
//	GET  /mobile/{id}/archiving      and so on: ends it for good
//	GET  /not-me/{key}               where the link of a notice leads                  (open)
//	POST /not-me/{key}               blocks the token of the notice at once            (open)
//	GET  /activity                   history, and open sessions
//	POST /sessions/end               ends all other sessions
//
// # What needs which proof
//
// A session shows that somebody logged in within the last eight hours, and was here
// within the last five minutes. It may have been left open, or stolen. So it is
// enough for what helps nobody but the customer, and for nothing else:
//
//	see, name, stop a token     the session
//	report a token lost         and a fresh code of another token
//	bring it back into step     and a fresh code of any token in step, and the
//	                            token's own codes, as many as the policy says
//	set it going again          not here: the help desk, after an identification
//	see, name, block a mobile   the session; its link in a notice blocks it without one
//	token, take a code back
//	enroll, migrate, renew,      and a fresh proof of two factors
//	extend, archive one
//	enable, redistribute one    and a fresh proof by another token
//	change the password         the one until now, and a fresh proof of something that
//	                            the customer has
//	change the phone number     a fresh proof of two factors, and a code to the new number
//	trust a payee, remove one   a fresh proof of two factors, for each (RTS, article 13(1))
//	end a series of payments    the session: its payments need a proof then
//	stop such a change          the session
//
// Nothing that was typed as a password is sent back to a page or carried along: who has
// to type it twice does so. A new password ends all other sessions, whether it was chosen
// by the way or because the old one had run out.
//
// The rules are the domain's (package token, "Customers who act for themselves"). A
// fresh code is an authentication of the purpose self-service, by the journey of
// that name, and the warrant of the act that follows (hub.Proven): the audit record of
// the act names it, and the customer as who acted. Each code is good once.
//
// # Sessions
//
// Those of package customer: in the database, for any node may get the next
// request. A session ends when the token that opened it goes out of use, so a thief
// who logged in with a stolen token is out as soon as it is reported. A login that
// awaits a proof is kept by the browser, as a handle that lets nobody in.
//
// # Uniform answers
//
// Before the login a wrong code, an unknown customer, a blocked and a suspended one
// get the same page and status after the same work (invariant 4, SCA-06, SCA-61): it is the
// hub's outcome that is looked at, never its reason. Behind the login, the address of
// somebody else's token answers as that of none. Serial numbers are shown by their
// end: enough to tell one's own tokens apart.
//
// # Threats
//
//   - A stolen password: sends a code to the phone of its owner, who wonders. It opens
//     nothing. One that must be replaced can be replaced by the thief, too, as everywhere:
//     the owner is told by text message, and the new one opens nothing either.
//   - A stolen session: stops tokens, names them, reads on. It cannot bring anything
//     back into use or into step, and gets no further than five minutes of idling.
//   - A stolen token with its PIN: logs in, as everywhere. It cannot report the
//     others lost by its own loss, nor come back after it was reported; of two tokens
//     that report each other the first is believed, and the help desk hears the rest.
//   - A customer whose only token is gone cannot log in: the login page says whom to
//     call. Whoever is logged in with it still can stop it.
//   - Somebody who locks others out on purpose, by wrong codes: as at every login,
//     the block ends by itself.
//   - Members of staff: the history says that staff acted, never who.
package self
