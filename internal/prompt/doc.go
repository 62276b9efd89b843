// Package prompt is approvals on a phone: what the phone shows and signs, the control digits, the
// expiry, and "it was not me". It is two methods, [Online], where the phone is told and answers
// itself, and [Offline], where it reads a picture off the bank's page and people type its answer,
// and the use cases of phones: [Desk.Inbox], [Desk.Approve], [Desk.Refuse].
//
// # What is signed
//
// The content of a prompt is a JSON text with the amount and the payee, the bank and the kind
// (Content). The phone shows what it parses from that text, and signs that text: what is
// seen is what is signed. Its answer is the OCRA (RFC 6287) of the token's signing key over
// [Question], a hash of the text and the control digits, so that it shows possession of the key
// and, because only the right PIN gives the key, knowledge. It is good for this prompt
// alone, whose id is in the text, and so for exactly its payment (invariant 3).
//
// With number matching the digits are on the bank's page only; whoever approves what they have
// not asked for cannot know them. Without, they are in the content, and on both screens.
//
// # States
//
//	pending     an answer is awaited
//	approved    by a device; whoever asked has not taken it yet
//	used        it was taken, once
//	refused     the customer does not want it
//	reported    the customer has not asked for it: "it was not me"
//	expired     nobody answered in time, or nobody took the approval; derived until another
//	            one is asked for, as the row says pending or approved
//	cancelled   what it was asked for has ended, or its device has
//	superseded  a newer one took its place
//
//	act \ from  pending     approved   all others
//	approve     approved    –          –
//	use         –           used       –
//	answer      used        –          –           of a picture
//	refuse      refused     –          –
//	report      reported    –          –
//	expire      expired     expired    –
//	cancel      cancelled   cancelled  –
//	supersede   superseded  –          –
//
// Each transition is one conditional UPDATE from the state that was read, and states do
// not come back: of two devices that answer at once exactly one wins, and the other one learns
// what became of it. Who refuses ends the authentication in the same transaction
// (Config.Refused), and nothing is counted: nobody has guessed.
//
// # Asking
//
// An authentication has one open prompt for a policy (a unique index). Asked again, the same
// is answered, until approval.resend has passed: then a new one takes its place. A prompt
// is asked of the customer: every token in use that serves the policy may answer it.
//
//	more than, of one sort                         then
//	approval.pending wait at the customer          the oldest are superseded
//	approval.prompts in approval.window, none of   no phone is told (Withheld); who opens the
//	which was approved                             inbox sees them
//
// There are three sorts, and none supersedes another or uses up its window:
//
//	payments       applications ask for them, of customers who have logged in
//	proven logins  everything else where a factor was shown in the authentication before
//	others         what anybody can ask for who knows a customer's number
//
// A stranger can ask for logins without end, and the customer's payments wait on and ring; so
// do their own logins where the journey asks for another factor first. A journey that begins with
// the approval has no such protection: there nothing tells the customer from the stranger.
//
// Asking runs the same statements and writes the same rows for customers without a
// token and for those who do not exist: a prompt that nobody can answer, control digits, a message
// that is delivered to nobody.
//
// # Answers
//
//	answer                          prompt    token                       authenticator
//	right                           approved  its wrong answers: cleared  clears, when it is taken
//	wrong PIN, key or digits        pending   one more; may block it      nothing
//	of a picture, right             used      its wrong answers: cleared  clears
//	of a picture, wrong             pending   nothing: it names no token  one failure
//	to what was answered, ran out   as it is  nothing                     nothing
//
// # What else happens
//
//	the token is blocked            its approval that was not taken is not taken any more
//	it is migrated                  the same (Moved); what waits is answered by the new token
//	the customer is suspended       inboxes are empty, prompts unknown, nothing is taken
//	the customer is erased          prompts are deleted (Erase)
//	the channel is closed           the hub denies the authentication, and cancels
//	the database was restored       all that is open is cancelled (Restored)
//
// # Tables
//
// prompt, prompt_holder. Records: prompt.asked, .approved, .wrong_answer, .refused, .reported.
// Outbox: prompt.push, whose payload is a [Push] with names only; prompt.nothing.
//
// # Threats
//
// Prompt bombing: number matching, no push beyond the window, a limit of what waits. Payments and
// logins crowded out by a stranger's: they are counted and superseded apart. A stolen
// phone: the PIN. A relayed page: the content says bank, amount and payee, the digits tie the
// two screens together. Names that lie: characters that are not seen are left out. A stolen
// database: contents are what the payment tables say as well, answers are not stored, keys are
// sealed elsewhere. A forged picture: it is signed, and the phone has the keys.
package prompt
