// Package hub runs one authentication from its start to its outcome. It decides
// what is needed (journey: purpose × channel), asks the method whether a proof
// is right, lets the authenticator settle, and says when enough has been shown.
//
// # States
//
//	open     a proof is awaited
//	granted  every step of the journey was shown, and two factors where sca is set
//	denied   every step was shown, but not two independent factors
//	expired  derived: open, and expires_at has passed, or the policies changed
//	         between two of its steps
//
//	from  to       by
//	open  open     a refused proof; a proof that completes a step but the last
//	open  granted  the proof that completes the last step
//	open  denied   the same, without two factors though the journey asks for them
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
// # Whose an authentication is
//
// It belongs to the actor who started it. To everybody else its handle is unknown,
// after the work that a handle of nothing costs.
//
// Table: authentication.
package hub
