// Package identification records that a customer was identified before an act
// that needs it: unlock codes, resynchronization, every reset (invariant 5).
//
// Who calls a help desk is not who has the token in hand, so no proof of ours
// tells them from a stranger. Staff ask the bank's identity questions
// (policy.Set.Identification); the answers are in the bank's own systems. What is
// recorded is who asked, how they spoke, which questions were asked and which
// were answered right. Answers are never sent here and never stored. A bank's
// application may identify customers in its own way and records it likewise.
//
// # States
//
//	passed    as many right answers as the policy needs; good until Until
//	expired   passed, and Until is over
//	failed    too few right answers; good for nothing, and counted
//
//	state    act                                     result
//	passed   [Require] by the same actor, customer   good, as often as needed
//	passed   Require by another actor                Denied identification.required
//	passed   Require for another customer            Denied identification.required
//	expired  Require                                 Denied identification.expired
//	failed   Require                                 Denied identification.required
//	none     Require                                 Denied identification.required
//
// # Limit
//
// Failed identifications of one customer count, whoever records them, so that a
// caller cannot try questions for ever, nor one desk after another:
//
//	counter  Record, passed    Record, failed             Record of the same ID again
//	open     := 0, recorded    +1, recorded; may block    what was recorded
//	blocked  refused           refused                    what was recorded
//	cooled   := 0, recorded    := 1, recorded             what was recorded
//
// A block always ends by itself (policy: attempts.cool_down): somebody who
// pretends to be a customer must not keep that customer out for good. A refusal
// leaves an audit record and no identification.
//
// # Tables
//
// identification and identification_attempts. Rows are deleted after [Keep]; the
// audit log keeps what it has.
//
// # Threats
//
// A member of staff who ticks what was not answered: the record names them and
// the questions, and the customer is told of the act that follows by another way.
// An identification that is passed on between colleagues: it is good for one
// actor. The command line is one actor for all operators of a machine.
package identification
