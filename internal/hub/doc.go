// Package hub runs one authentication from its start to its outcome. It decides
// what is needed (journey: purpose × channel), asks the method whether a proof
// is right, lets the authenticator settle, and says when enough has been shown.
//
// # States
//
//	open     a proof is awaited
//	granted  every step of the journey was shown, and two factors where sca is set
//	denied   every step was shown, but not two independent factors; or blocked by risk, or
//	         the channel is closed to the customer
//	expired  derived: open, and expires_at has passed, or the policies changed
//	         between two of its steps
//
//	from  to       by
//	open  open     a refused proof; a proof that completes a step but the last
//	open  granted  the proof that completes the last step
//	open  denied   the same, without two factors though the journey asks for them; a right
//	               proof after which risk says block
//	open  denied   whatever is asked of it once its channel is closed
//	open  denied   its customer refuses it by another way (Refuse)
//	      denied   a start of which risk says block, or on a channel that is closed
//
// # One proof
//
//	1 read    the row; the same proof under the same idempotency key again gets
//	          the answer that it got
//	2 check   the method, outside any transaction
//	3 settle  authenticator.Settle, then compare-and-swap of the row on its
//	          version, then the audit record, in one unit; a proof that lost a
//	          race is undone and settled again as a failure
//	4 answer  after the commit
//
// If the compare-and-swap finds that the row changed, the unit is rolled back
// and the proof is looked at again: a repeated request then finds its answer, so
// no code is burned by a retry.
//
// # Idempotency keys
//
// A key stands for one request: an authentication with its first proof or without
// one, or one proof. The row keeps the first key and the newest ones, each with the
// proof that came under it, as keyed hashes (see keys).
//
//	key                  proof    answer
//	of the newest proof  same     the same again
//	of an earlier proof  same     authentication.superseded; nothing is counted
//	of any, or a start   another  authentication.key_reused; nothing is counted
//	not kept             any      it is a new one
//
// # What the customer may be told
//
// [Outcome.Accepted] and the state; nothing else. The reason is for clients with the
// scope authentications:reason and for staff. A customer who does not exist gets
// rows, claims and records like any other (under an id derived from the number that was
// typed), so that status, body and work are the same (invariant 4). So does a
// customer who is suspended or closed, also one whose authentication is open.
//
// # Asking for a code
//
// [Hub.Ask] has the method of the awaited step make a challenge, or send a code, in one unit
// with a check that the row is what it was when it was read: so no code leaves for an
// authentication that has ended. The check changes nothing of the row, or a hundred requests
// for a code would keep the proof out that they wait for. Which step is awaited is all that
// decides whether a code may be asked for: the policies see to it that no text leaves before
// a factor was shown.
//
// # Answers by another way
//
// A method may be an [authenticator.Remote]: customers answer on their phones, and whoever
// has asked waits. Its proof has no code; until the answer is there its Check is a Conflict that
// changes and counts nothing. [Hub.Get] says how it stands (Asked), and [Hub.Wait] waits for a
// change: it is woken by the method on its own node, and looks at the rows every two seconds for
// what happened on others. Between two looks it holds neither a transaction nor a connection,
// and two thousand wait at most.
//
// A customer's no ends the authentication in the transaction that stores it ([Hub.Refuse]): denied,
// reason refused or reported, and nothing is counted. An authentication that ends otherwise, granted
// or denied, cancels what is asked for it.
//
// # Payments
//
// An authentication of the purpose payment has a payment, and no other has one. Its
// canonical form is stored at the start, and the method is asked about exactly that
// (invariant 3). A step may carry the payment again, as the bank sends data values and
// code together (F-4.3.6); one that differs from that of the start is
// authentication.payment_differs: the code is not looked at and nothing is
// counted, for the mistake is not the customer's.
//
//	refused at the start                    because
//	authentication.payment_missing          there is nothing to approve
//	authentication.payment_unexpected       the purpose is another one
//	authentication.journey                  no step of the journey takes signatures only
//	                                        (RTS article 5): old policy documents
//	payment.not_typeable                    a step takes signatures of tokens only, and
//	                                        none of the bank's models can make this one
//
// What is to be typed ([Outcome.Signing]) is a function of payment and policies: by
// profile, for all models, and the same for every customer.
//
// A customer whose token signs gets the policy with the first signature, right or
// wrong, if there is none yet: tokens were registered before the policy was there,
// and come by other ways than a registration. That settlement, once in a customer's
// life, costs two statements more than others.
//
// # Risk
//
// A journey with risk.on asks the risk engine ([Judge], package risk) at the start and
// after each right proof, before it is settled; the strictest answer of all times counts.
//
//	answer   what follows
//	allow    the steps of the journey
//	step-up  and one more, of risk.step_up, unless one of these is among the steps; where
//	         risk.step_up names none, two independent factors
//	block    denied, reason risk; at the start nothing is looked at, and nothing counted
//	none     (no engine, an error, two seconds) a step-up: more is needed, never less
//
// A secret that was replaced on the way is a step-up, whatever the engine says (F-6.6.12;
// TestReplacedIsAStepUp).
//
// The engine is told the end after the commit and learns from it; what it was not told,
// because a node died in between, teaches nothing. The answer for the customer does not
// say why; that is for clients with the scope authentications:reason.
//
// # Closed channels
//
// A channel may be closed to a customer (risk.BlockedChannel): by the unit that denies an
// authentication of very high risk, as risk.channel_block says, or by the bank. It is
// looked up with the customer, and with every row that is asked something.
//
//	authentication    while the channel is closed
//	is started        denied, reason channel_blocked; neither engine nor method is asked
//	open              with the next step, challenge or replacement: denied, reason
//	                  channel_blocked, and authentication.over is answered
//	judged, settling  is looked at again: nothing is granted after the commit of a block
//	granted           stays, and is no warrant any more (Proven)
//
// Nothing is sent, looked at or counted. To clients without the scope of reasons it looks
// like what risk denies. Where the journey does not ask the engine, a proof that is being
// checked when the channel is closed counts as one that came before.
//
// # Exemptions
//
// A journey with exempt grants without a proof what the policies exempt ([Exempter],
// package exemption) and risk allows, when it is started without one: a payment, or a login
// that says what it is to look at. What only the bank can say and an exemption may stand on
// comes with the start ([Grounds]) and is kept with the row.
//
//	purpose   grounds                         exemptions
//	login     view, provider                  access, provider (RTS, articles 10, 10a)
//	login     none, or a provider only        none without a proof; with two factors it opens
//	                                          the looks of the customer, or of the provider
//	login     any, completed by one factor    access, provider: balance and 90 days
//	payment   series, protocol, legal person  recurring, corporate
//	payment   none                            own, trusted, low-value, risk
//
// A login that one factor would complete is a look at accounts without strong authentication
// (TestALoginByOneFactorIsALook): in such a journey it is granted only where the exemption
// applies, with its name in the outcome, and else becomes a step-up:
//
//	one factor shown, nothing more asked for     then
//	access, or provider, applies                 granted; a use is recorded
//	it does not, and a step-up asks for more     open, with the next step
//	it does not, and nothing more is asked for   denied, one_factor
//
// The use is consumed and recorded in the unit that grants, and if something else was faster,
// the journey is as without. There is no assertion then and no warrant, for there is no proof
// to tell of, and the risk engine learns nothing from a look at accounts. Every grant with two
// independent factors begins the counters anew, in its own unit.
//
// # What a proof is good for afterwards
//
// [Hub.Proven] tells who has started it what a granted authentication has shown. A
// customer who is logged in to pages of ours starts one of the purpose self-service
// before an act on their own tokens; it is the warrant of that act for five minutes,
// and no longer than its tokens may be used. A login is none, nor is what an
// application started (TestProven). Where an application does for its customer what
// they asked for on pages of the bank, such as a change of password, what it has
// started itself is one ([OfClient]).
//
// # What is right and out of date
//
// A password that is right may have to be replaced first: it is too old, or staff want it.
// It is counted as right, grants nothing, and the outcome names the policy
// ([Outcome.Replace]); [Hub.Replace] stores a new one, which is asked for again. The step
// does not move, so that nothing that came before is good for the next one
// (TestOutdated, TestReplaceActs).
//
//	the awaited step   act                               then
//	asked              right                             the next step
//	asked              right, out of date                replacing; the counter is cleared
//	asked              wrong                             asked; counted
//	asked              Replace                           asked; authentication.nothing_to_replace
//	replacing          Replace, good enough              asked, for the new one
//	replacing          Replace, not good enough          replacing; Mistakes; nothing is counted
//	replacing          Replace, and the old one was      replacing; authentication.nothing_to_replace
//	                   replaced elsewhere meanwhile
//	replacing          right, out of date                replacing
//	replacing          wrong                             asked; counted
//	any                suspended, over                   nothing is replaced
//
// Of a customer who does not exist no proof is right, so they get the answer of
// everybody who has shown nothing, before any work on the new secret is done. Replace has
// idempotency keys like proofs; what is kept of one says nothing of the secret.
//
// # Whose an authentication is
//
// It belongs to the actor who started it. To everybody else its handle is unknown,
// after the work that a handle of nothing costs.
//
// Tables: authentication, authentication_payment, authentication_risk.
package hub
