// Package bank is the online banking of the made-up Alder Bank: an application
// such as any customer of Countersign writes. It speaks to Countersign through
// the JSON API only (files api_*.go), as a client with an id and a secret; it
// imports no domain package, and what it knows of the API is what /openapi.json
// says. It serves the flows F-4.1 (registration), F-4.2 (login) and F-4.3 (payment) of
// tokens, and F-6.1 to F-6.6 of passwords with codes by text message.
//
// # Pages
//
//	GET  /                    the bank's home, with the login
//	GET  /login               the login alone
//	POST /login               customer ID and secure code
//	POST /login/number        "my token asks for a number": a challenge, please
//	GET  /login/answer        the number, and the field for the answer
//	POST /login/answer        the answer, or the next code of a longer login
//	GET  /login/password      the other way: customer ID and password
//	GET  /login/mobile        a third way: customer ID of who has the app
//	POST /login/mobile        asks the phone; /picture shows it a picture, /code takes a code
//	GET  /login/wait          waits for the phone; fetched anew until it has answered
//	GET  /login/wait/state    tells the script of it when something has happened
//	POST /login/wait/picture  a picture instead
//	GET  /login/picture       what the phone reads, and the field for its answer
//	GET  /login/refused       the customer said no on their phone, or "it wasn't me"
//	GET  /login/code          the code that came by text message
//	GET  /login/renew         a password that has expired: a new one
//	GET  /login/again         the new one, once more
//	GET  /login/denied        nobody is let in now: please call
//	GET  /forgotten           what to do about a forgotten password
//	POST /password/judge      how good a password would be, for the script
//	GET  /register            step 1: customer ID and activation code
//	GET  /register/token      step 2: serial number, or another token
//	GET  /register/code       step 3: secure code, and a PIN where the token needs one
//	GET  /register/done       step 4
//	GET  /register/password   step 1 of who registers a password and a phone
//	GET  /register/choose     step 2: the password
//	GET  /register/phone      step 3: the code that came to the phone
//	POST /register/cancel     gives the registration up
//	GET  /overview            accounts                       (logged in)
//	GET  /accounts/{account}  one account, month by month    (logged in)
//	GET  /pay                 a payment: payee, account, amount (logged in, as all of these)
//	POST /pay                 the first order of a payment
//	GET  /pay/{payment}       everything that will be signed
//	POST /pay/{payment}       starts the authentication
//	*    /pay/{payment}/payees[/{order}[/remove]]  one more order, or another one in its place
//	POST /pay/{payment}/cancel   throws it away
//	GET  /pay/{payment}/sign     what is to be typed into the customer's tokens
//	POST /pay/{payment}/sign     the signing code; pays
//	*    /pay/{payment}/text     password, and the code whose text names amount and payee
//	*    /pay/{payment}/phone[/state]  asks the phone, and waits for it
//	*    /pay/{payment}/picture  what the phone reads, and its answer
//	GET  /pay/{payment}/refused  the customer said no on their phone
//	GET  /pay/{payment}/stopped  risk has stopped it: what to do, and a reference
//	GET  /pay/{payment}/receipt  what was paid
//	GET  /pay/{payment}/assertion, /keys  the evidence
//	GET  /security            tokens, password, phone, last login, sessions (logged in)
//	*    /security/password   current and new password
//	*    /security/phone[/code]  another phone number, and the code that came to it
//	*    /security/code       the code to the registered phone, before either change
//	*    /more                password and code, to see more than one factor lets see
//	POST /security/sessions   ends all other sessions        (logged in)
//	POST /logout              ends this session
//	GET  /timeout             where an idle page goes
//	GET  /letters[/{letter}]  what the bank posted; of the demonstration
//
// All but those of the script are posted to their own address; below the pages with a code
// lies /again, which has another one sent. Opening a page sends nothing.
//
// Steps 1 to 3 are posted to their own address. Each step asks the API how far
// the registration is, so steps cannot be skipped (SCA-75), and a browser that was
// closed goes on where it was. Whoever lost even the cookie enters the
// activation code again and is taken to the same step.
//
// # Payments
//
// A payment is one order or several (a batch); [Order] is the only form of an order,
// brought to Countersign's normal form when it is typed. States of a payment:
//
//	state    leads to  by
//	ordered  ordered   an order that is added, changed or removed
//	ordered  signing   POST /pay/{payment}: an authentication for exactly these orders
//	signing  ordered   a changed order, too much time, anything that does not fit
//	signing  signing   a wrong code
//	signing  paid      a granted authentication; see bank.carryOut for what is compared
//	ordered  paid      POST /pay/{payment} of what is exempted: granted without a code, and
//	                   booked if the answer names the hash of these very orders
//	any      ordered   risk blocks it; the page "stopped" says so until the orders change
//	paid     paid      anything: all pages of it lead to the receipt
//
// Nothing is paid that was not granted for: the bank computes the hash of the orders
// that it is about to execute itself (paymentHash), compares it with what the API
// answers at the start and at the end, and verifies the assertion with the published
// keys (permission). Nothing is paid twice: the ledger takes each payment once and
// each authentication once, and the same code sent again is the same proof to the API,
// because its idempotency key is made from authentication and code.
//
// What can be mistaken is asked about, not guessed: "1.500" is refused as an amount,
// and a letter that looks like a digit is found by the account's check digits.
//
// # What is kept here
//
// Three stores in memory, each bounded in number and time. A visit (before login)
// holds the handle of a registration or an authentication; a session (after
// login) holds the customer. Their ids have 256 random bits and are kept as digests.
// A session gets a new id at each login, ends after five minutes without a
// request (SCA-09), eight hours after login, at logout, when the customer's status is no
// longer active, and when a token is registered (SCA-74). A restart of the bank ends
// all sessions and payments that were not signed, and loses nothing else. A payment
// on its way outlives the session, so who was logged out in the middle goes on.
//
// Accounts and transactions are computed from the customer number: the bank's
// own demonstration data, of which Countersign knows nothing. Payments are added
// to them from the [Book], which has the evidence of each.
//
// # The risk probe
//
// Pages with a login have the probe of Countersign's risk engine (Config.Probe): each view
// has a visit of its own, in a hidden field of the form and in the address that the
// script reports to. Script and reports go through two addresses of ours, GET
// /probe/script.js and POST /probe/{visit}, so that the content policy stays as strict as
// it is. With each start of an authentication the bank tells address, agent, the device's
// name (a cookie that lasts 180 days and says nothing of the customer) and the visit. A
// form without a visit is told as one whose probe is missing.
//
// # What risk decides
//
//	allow    the password alone opens the login (where the policies say so), and a payment
//	         may be exempted; the pages say that no code was needed
//	step-up  a code is asked for, and in plain words why more than usual
//	block    a page says to call, with a reference: the random end of the event's id, by
//	         which the help desk finds it; everybody gets one, whether they exist or not
//
// Which evidence there is is never said: who reads the page may be the one whom it is about.
// Changes of password and phone are judged as what they are (F-6.4.1), and their end is
// told, so that a payment soon after is looked at more closely.
//
// # Uniform answers
//
// A wrong code, an unknown customer and a blocked one get the same page, status
// and calls to the API (invariant 4, SCA-06, SCA-61): the pages look at
// "accepted" and "state", never at a reason. Mistakes of form, such as a letter in a
// secure code, are told beside their field, because they are the same for everybody.
//
// Everybody is asked on "their phone" alike. Who says no there, or that it was not them, ends
// the login, and only then does a page look at a reason: to say which of the two it was.
//
// # Pages that wait
//
// A page that waits for the phone carries a Refresh header, so that a browser without
// JavaScript fetches it every few seconds; the script asks an address that answers when
// something has happened. The page that finds an approval takes it: the approval is the
// proof, and there is nothing to send.
//
// A login that was stopped by the policies or by risk leads to one page that says to call the
// bank, whatever stopped it and whoever it was.
//
// # Codes by text message
//
// A code is asked for once the password was right, and never before; the number that it
// went to is masked by the API and named only then. The button for another one waits as
// long as the API says, for the eye only: what is asked for too early is answered with the
// code before. Codes are entered in fields that browsers may fill from the message
// (autocomplete one-time-code, WebOTP).
//
// A change of password needs the current one and a code. Until the code has come, both
// passwords are kept sealed under the name of the session, which only the browser has
// (sealed.go).
//
// The risk probe has its place in both forms of the login: the template "probe".
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
//   - A payment changed on its way, by malware in the browser, another window or a
//     broken server: the code is for other data, or the hashes differ; nothing is paid
//     and the log says so.
//   - A page that lies open: it ends by itself, and the server does not wait for it.
package bank
