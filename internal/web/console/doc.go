// Package console serves the staff console: where help desk, security officers,
// analysts, auditors and administrators of the bank work.
//
// It translates pages to use cases of the domain and answers back; it holds no
// rule and no SQL. The route table (route.go) is the site map: each row names the
// permission that it needs, and whether it needs a fresh proof of who sits there.
//
// # One request
//
//	session    none, or ended        → the login page, and back here afterwards
//	permission missing               → 403; pages do not offer what it is for
//	form       read and bounded      → 400, 413
//	fresh      older than 5 minutes  → the page "prove", which carries the form along
//	act        one use case, by session.Actor()
//
// A sensitive act is a POST whose route has a Fresh text. When the session's proof
// is too old, the same address answers with a page that asks for password and
// code, and holds what was typed in hidden fields; sending it proves, replaces
// the session and carries out the act, in one request. So nothing typed is lost.
// No form of a sensitive route has a secret field, because hidden fields are text
// in the page; a test holds the table to that.
//
// # What is shown once
//
// Activation codes, unlock codes, invitations and clients' secrets are in the answer
// to the act and nowhere else. Pages are never stored (Cache-Control: no-store), and sending
// such a form again does not make a second one: it carries the id of what it makes, or
// a challenge that gets one code.
//
// # Acts for a customer
//
// The help desk acts for a customer on pages of one form: what it is about, what it
// will do, a reason, and once more a word where there is no way back (actPage).
//
//	identification none, or over  → /customers/ID/identify, and back to the act
//	               passed         → the act; every page says until when it may rely on it
//	form           wrong          → the form again, 422
//	state          another        → the page "overtaken", 409: who did what meanwhile
//	done                          → the page of the customer or the token, with what came of it
//
// Whose token it was when the page was shown is in the form: if it is somebody
// else's by then, nothing is done. What the visitor may not do, or the state does not
// allow, is not offered (visit.offers); the domain decides all the same. No page asks
// for a PIN: a token whose PIN the server knows is put into use by its owner.
//
// # Passwords, phones and text messages
//
// A password is never shown, typed or chosen here: staff take it away, with an
// identification, and hand over an activation code. A phone is shown by the last digits of
// its number, beside how many codes were asked for against the request limit (F-6.8).
//
//	limit reached    unregister the phone, register it anew; both with an identification
//	change on hold   release with an identification; refuse without one, for it takes
//	                 nothing from anybody
//	undelivered      try again, or give up for good
//	prefix cut off   end it, with a reason
//
// Messages have no body here: the domain gives none. Who may see all of them
// (staff.TextRead) need not be who may see customers; the help desk sees those of the
// customer who calls.
//
// # Mobile tokens
//
// A customer's mobile tokens are on their page, and each on one of its own: its state and
// what comes next in a sentence, its activation code, its migration, its history. Acts
// are a table (mobileActs, mobileIssues), each with the permission that it needs:
//
//	mobile.read    seen            help desk, fraud analysts, security officers, auditors
//	mobile.issue   codes, names    help desk
//	mobile.block   block, archive  help desk, fraud analysts, security officers
//	mobile.enable  enable          help desk
//
// What gives a code to somebody, or a token back, needs an identification (the domain asks
// for the visitor's own, lately); what only takes away needs a reason. An activation code is in the
// answer to its act and nowhere else, with its QR code, to be read out, shown or printed; one
// that is sent is not shown at all, and of a split one half is. No act on one token needs
// four eyes: none is among policy.Acts.
//
// # Import
//
//	uploading ──► checking ──► checked ──run──► importing ──► done
//	                   │        ▲  │ │               └──────► failed
//	                   └► broken│  │ └──discard──► (gone)
//	                            │  propose
//	                            │  ▼
//	                   (error)  └ proposing ──► proposed
//
// An upload is a [job] in memory of this process: one for each member. The file
// lies in a temporary file that has no name any more, so that neither a crash nor
// a restart leaves it behind; transport keys are held as long as the job needs
// them and are wiped then. The dry run and the import run behind the request, and
// the job's page follows them. Everything that puts seeds into stock goes through
// one function, startImport. Where the policies want four eyes, a checked file can
// only be proposed; its file and keys are forgotten then, and presented again for
// the approved proposal, which the domain compares.
//
// A node that stops ends its imports: row by row keeps what was reported, all or
// nothing keeps nothing. Behind a load balancer an import needs sticky sessions:
// another node does not know the job.
//
// # Acts on many tokens
//
//	uploading ──► checking ──► checked ──run──────► running ──► done
//	                  └► failed    ├──propose──► (a proposal)  └► failed
//	                               └──discard──► (gone)
//
// A list is a bulkJob in memory of this process, one for each member, as an import
// is; the history and its counts are in the database, so that every node can show
// how far an act is. An approved proposal begins a job of whoever carries it out
// (runProposal), who thereby has the report of each token.
//
// # Risk
//
// Events are named by customer and id. Who may not see evidence (risk.read) sees decisions
// in plain words on the customer's page about risk, from the same query. Facts of an
// event hold keyed hashes, which are never shown; the address is asked for by a POST, so
// that no link shows it, and the domain records who saw it. A test of rules on the past is
// a [trial] in memory of this process, one for each member: behind a load balancer it needs
// sticky sessions. Maps have a grid and no coasts: nothing is fetched, nothing foreign
// ships. Every drawing has its numbers in words or in a table beside it.
//
// # Proposals
//
// What a proposal will do is told from its payload (proposal_what.go), never from
// what its proposer says. The form to decide carries the digest that was shown; the
// domain refuses another. Who proposed sees no such form, and is refused.
//
// # Threats
//
//   - A stolen cookie: HttpOnly, SameSite=Strict, idle and absolute limits (package
//     staff), a fresh proof for what matters.
//   - A colleague's open screen: the page leaves by itself after 15 minutes.
//   - Enumeration of staff: one answer for every failed login.
//   - Browsing customers: search only, never a list; contacts are masked, and seen
//     in clear only by those whose work needs it, on a page of their own.
//   - Secrets on paper or screen: seeds never leave the domain; keys typed for an
//     import are masked and never sent back.
//   - A flood of uploads: one job of each kind for each member, bounded size.
package console
