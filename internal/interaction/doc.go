// Package interaction keeps what the devices of a customer reported, learns patterns from it,
// and judges requests by them. The counts are those of package pattern and the judgment is that of
// package judge, both pure; here are time, storage and people.
//
// # The way of a report
//
//	taken      [Desk.Take], in the transaction that takes the message (package companion): sealed, and noted as recent
//	waiting    for learn_after, 24 hours
//	learned    [Desk.Learn], by any node: each civil hour once
//	undated    of a late message without times: never learned, and never now (decision DD-14)
//	dropped    its device was not in use any more when it would have been learned, or nothing is to be learned
//	deleted    [Desk.Sweep], after at most 30 days
//
// # Trust
//
// Learning is late, so what an attacker does today cannot explain today. A device counts after its
// quarantine. A primary that was suspended, lost or copied in the meantime teaches nothing. When a
// customer denies a request ([Desk.Disown]), half a day around it is not learned, and unlearned where
// it was. What was seen counts by its proof: an identifier, a signature of the device itself
// within five minutes, the answer to a question of the server, a contribution to the cryptogram.
//
// # A decision
//
// [Desk.Assess] judges in the caller's transaction, and keeps the decision with all its terms, in
// shadow as well. In the mode on its terms go to the risk engine as the family interaction, and its outcome
// is a demand there: a step-up, or a block where the policies refuse. So there is one
// decision about a request, that of the risk engine, and this is a part of it.
//
//	outcome   the request
//	allow     nothing more is asked for
//	limited   allowed, and the amount is taken from the sum of the day
//	step_up   more must be shown; also what is over a restriction
//	deny      blocked, where the policies say so; otherwise step_up
//
// The mode off is the kill switch: reports are taken and dropped, and nothing is judged. It is a change of
// policies, and in force within a second on all nodes.
//
// # Position in law
//
// Habits are no factor of authentication: the pattern is a signal on top of possession. Nobody is refused
// by a pattern alone unless the bank decides so, and then a person of the bank can help (regulation
// (EU) 2016/679, article 22).
//
// # Privacy
//
//	class       what is kept                                        for how long
//	reports     numbers of registered devices, cells, bins, sealed  at most 30 days
//	patterns    counts that decay, sealed                           until they are forgotten, or 13 months without a report
//	decisions   terms, sums, a cell of nine kilometers              13 months
//	journeys    a cell and days, sealed                             until they are over
//
// Fixes, heart rates, words of categories and identifiers of devices that nobody registered are never
// stored. Logs of apps, calls, messages and pages are off until the policies and the customer want them, the
// bit that a body is felt until the customer does ([Desk.Choose]). Customers see their pattern as a table, deny
// decisions, and have it forgotten ([Desk.Forget]).
//
// # Invariants
//
//  1. An hour is learned at most once, on any number of nodes.
//  2. Nothing is learned before learn_after, of a disputed time, or of a device in quarantine.
//  3. Payments under restrictions never exceed the sum of the day, however many come at once.
//  4. In shadow no answer depends on a decision, and every decision is kept.
//  5. What comes late never is recent.
//
// # Threats
//
// See packages pattern and judge. A thief with the customer's pages could announce a journey: that
// takes a strong login, and makes up for the place alone.
//
// Tables: interaction_pattern, interaction_batch, interaction_decision, interaction_budget,
// interaction_notice, interaction_dispute, interaction_choice. Records: interaction.judged,
// interaction.disowned, interaction.noticed, interaction.recalled, interaction.chosen, interaction.forgot.
package interaction
