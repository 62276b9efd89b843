// Package bank is the online banking of the made-up Alder Bank: an application
// such as any customer of Countersign writes. It speaks to Countersign through
// the JSON API only (files api_*.go), as a client with an id and a secret; it
// imports no domain package, and what it knows of the API is what /openapi.json
// says. It serves the flows F-4.1 (registration) and F-4.2 (login).
//
// # Pages
//
//	GET  /                    the bank's home, with the login
//	GET  /login               the login alone
//	POST /login               customer ID and secure code
//	POST /login/number        "my token asks for a number": a challenge, please
//	GET  /login/answer        the number, and the field for the answer
//	POST /login/answer        the answer, or the next code of a longer login
//	GET  /register            step 1: customer ID and activation code
//	GET  /register/token      step 2: serial number, or another token
//	GET  /register/code       step 3: secure code, and a PIN where the token needs one
//	GET  /register/done       step 4
//	POST /register/cancel     gives the registration up
//	GET  /overview            accounts                       (logged in)
//	GET  /accounts/{account}  one account, month by month    (logged in)
//	GET  /security            tokens, last login, sessions   (logged in)
//	POST /security/sessions   ends all other sessions        (logged in)
//	POST /logout              ends this session
//	GET  /timeout             where an idle page goes
//	GET  /letters[/{letter}]  what the bank posted; of the demonstration
//
// Steps 1 to 3 are posted to their own address. Each step asks the API how far
// the registration is, so steps cannot be skipped (SCA-75), and a browser that was
// closed goes on where it was. Whoever lost even the cookie enters the
// activation code again and is taken to the same step.
//
// # What is kept here
//
// Two stores in memory, each bounded in number and time. A visit (before login)
// holds the handle of a registration or an authentication; a session (after
// login) holds the customer. Their ids have 256 random bits and are kept as digests.
// A session gets a new id at each login, ends after five minutes without a
// request (SCA-09), eight hours after login, at logout, when the customer's status is no
// longer active, and when a token is registered (SCA-74). A restart of the bank ends
// all sessions and loses nothing else.
//
// Accounts and transactions are computed from the customer number: the bank's
// own demonstration data, of which Countersign knows nothing.
//
// # Uniform answers
//
// A wrong code, an unknown customer and a blocked one get the same page, status
// and calls to the API (invariant 4, SCA-06, SCA-61): the pages look at
// "accepted" and "state", never at a reason. Mistakes of form, such as a letter in a
// secure code, are told beside their field, because they are the same for everybody.
//
// # Failing closed
//
// When the API does not answer nobody gets in: the form comes back with what
// was typed, codes apart, and says that nothing was lost. A session that exists
// goes on for at most five minutes without a word from the API.
//
// # Threats
//
//   - Session fixation and theft: new id at login, HttpOnly, SameSite=Strict,
//     __Host- under TLS, nothing in addresses.
//   - Codes in logs, addresses or pages: they travel in bodies only, fields for
//     them are never filled in again, and the API client logs no body.
//   - Filling the memory: visits begin only after an answer of the API, stores
//     are bounded and drop the longest unused entry.
//   - Replays: each submission has an idempotency key of its own, used again only
//     when the connection broke; a repeated form therefore never logs in twice.
//   - A page that lies open: it ends by itself, and the server does not wait for it.
package bank
