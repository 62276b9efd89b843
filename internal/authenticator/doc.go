// Package authenticator is a policy held by a customer: its status and its
// counters. It also defines what a method of authentication is, so that every
// method is tried, counted and settled by the same few lines.
//
// The hub decides what is needed; a method decides whether a proof is right
// ([Method.Check], outside any transaction); this package decides whether it may
// still be tried, and makes the result count ([Settle], inside one).
//
// # Settle
//
//	wrong    1 claim    one attempt on customer × policy, by a conditional UPDATE
//	right    1 pass     the claim and the clearing of the counter, in one UPDATE
//	                    under the same condition
//	         2 consume  the method's compare-and-swap (counter, time step, challenge)
//
// An attempt is claimed even when the proof is right: a code that lost a race is
// a failure like any other. Its pass cleared the counter, so the unit is undone
// ([ErrLost]) and settled again as a failure ([Lost]). Nobody else has seen it, and
// each lost race is one failure, so the counter bounds how often units are undone.
//
// The counter belongs to customer and policy, so all of a customer's devices are
// blocked together (F-4.6).
//
// # Equal work
//
// Every refusal runs the same statements and writes as many rows, so that its time
// tells nothing. A proof that was counted writes the counter. For one that was not,
// the caller writes a row of its own once more (package hub: that of the
// authentication). Rows that all strangers share would do the same, but groups of
// several nodes would wait for each other at them, and on a distributed database
// they would lie in another place than the customer. A challenge that may not be
// answered is likewise marked as used by a write of its own ([Issue]).
//
// # What changes the counter
//
//	proof                              counter     consumed  reason
//	right                              := 0        yes       ""
//	wrong, of a plausible form         +1          no        wrong
//	right but spent before             +1          no        replayed
//	anything while blocked             unchanged   no        blocked, held
//	anything while disabled, expired   unchanged   no        disabled, expired
//	customer without the policy        unchanged   no        none
//	malformed (not a code at all)      unchanged   no        (refused before: a fault)
//
// The reason is for the bank's systems and staff; what a customer is shown
// never depends on it.
//
// # States of an authenticator
//
//	enabled   may be tried, unless its counter is blocked
//	disabled  by staff; nothing is tried or counted
//
// # What staff do
//
// [Keeper] resets a counter, and disables and enables authenticators; each act
// has a reason and an audit record.
//
//	act      needs              changes                                refused when
//	Reset    an identification  failures, blocks, block, challenges    there is nothing to reset
//	                            and the run of wrong proofs := 0
//	Disable  a reason           enabled → disabled                     it is disabled
//	Enable   a reason           disabled → enabled; clears nothing     it is enabled
//
// Every state with every act is a table in docs/conformance/counters.md, which
// the tests read.
//
// [Outlook] says how many wrong proofs are left and whether the next block is for
// good. It is computed for everybody by the same lines and is, like the reason,
// not for the customer's page.
//
// Statistics (right and wrong proofs ever, how many of them in a row, the last
// ones) are written by the statements that count, and change nothing.
//
// Tables: authenticator, challenge.
package authenticator
