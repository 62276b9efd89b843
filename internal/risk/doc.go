// Package risk judges what customers do: sessions, payments, other actions, and
// visits before a login. It keeps what the engine (packages below) needs, and what
// analysts ask about. How a score is made is told in docs/risk.md.
//
// # The life of an event
//
//	state      meaning                                        by
//	created    judged; the answer says allow, step-up, block  Session, Payment, Action
//	signed     the customer gave the factors asked for        Sign, accepted
//	completed  ended well                                     Complete
//	rejected   ended badly                                    Reject
//
//	from       Sign accepted  Sign refused        Complete            Reject
//	created    signed         created, a failure  completed, learned* rejected, a failure
//	signed     signed**       refused             completed, learned  rejected, a failure
//	completed  refused        refused             completed**         refused
//	rejected   refused        refused             refused             rejected**
//
//	*   if the decision was allow; a step-up that was not signed teaches nothing, and what
//	    was blocked never does, signed or not: the bank went on against the answer
//	**  told again: the same answer, and nothing happens
//
// Each transition is one conditional UPDATE, with its audit record, with what is
// learned, and with the profile that learned it, in one transaction. The profile has
// a version: of two nodes that change it at once, one tries again. A bank's id of an
// event (its reference) gives the same answer when it is used again for the same.
//
// # Feedback
//
//	label       what happens
//	fraud       what the event taught is taken out; its payees are blamed
//	legitimate  an event that is completed and taught nothing is learned; blame is
//	            taken back
//
// # Review
//
// Analysts claim an event, look at it, and say what it was ([Review]). A claim is held by
// one person, for half an hour after they last claimed it; all changes of it are
// conditional writes. Where the policies put [policy.ActFinding] under four eyes, a
// finding is proposed, and counts once somebody else agrees. Who looks at the address
// of an event leaves a record.
//
// # Closed channels
//
// A very high risk closes a channel to its customer ([Desk.BlockChannel], called by the
// hub in the unit that denies); so does the bank ([Desk.Close]). There is one block of a
// customer and channel at most; docs/conformance/channels.md has every state and act.
//
//	state   meaning                                     ends by
//	open    there is no block that stands
//	closed  [BlockedChannel] finds it                   its time, [Desk.Lift], the finding that
//	                                                    the event that made it was legitimate
//	over    its time has come: it means nothing         [Desk.Sweep], or the next block
//
// Each change is one conditional statement with its record and its news to the customer
// (Tell), in one transaction. A block is never made shorter, and one of somebody who is no
// customer ends within 30 days.
//
// # Tests on the past
//
// Rules are tried on stored events behind the requests ([Review.StartTrial]); the report
// lies in the database. A node that works on a test holds it for a minute at a time.
//
//	trial     WorkTrials                          CancelTrial  its node stops   its node dies
//	running   judged on: running, done or failed  canceled     free, at once    free, after a minute
//	the rest  left alone                          refused      –                –
//
// Whoever goes on does so where the report was last written down; what a node writes that
// lost its hold, or whose test was canceled, counts for nothing (one conditional UPDATE).
//
// # What the probe reports
//
// The bank opens a visit for each view of a page ([Desk.OpenVisit]) and names it in the
// events from that page ([Call.Visit]); the page sends its reports under the same token.
//
//	a visit is  when                                       a report             an event that names it
//	open        it was opened                              newer replaces older sees the report, or probe.missing; the visit is its customer's
//	a customer's an event named it                         newer replaces older the same; another customer's sees probe.missing
//	spent       an event that named it ended well          is not taken         sees probe.missing
//	over        30 minutes after it was opened             is not taken         sees probe.missing
//	unknown     the token was never given                  is not taken         sees probe.missing
//
// So good reports cannot be replayed, and their absence gains nothing. [Desk.Again] takes in
// what came since; then only what is worse counts. Of a report, codes of signals and
// a keyed hash of the machine are kept. Without consent a visit is not looked at, and
// stays nobody's until it is swept.
//
// # Counts of all customers
//
// An outcome leaves a lesson; [Desk.Fold] adds waiting lessons to the counts, each
// once, one node at a time. So no login waits for a row that all logins change, and
// a decision reads a fixed number of rows by their keys: 15 for the statistics, one
// for each payee, the profile, and the lists.
//
// # Fail closed
//
// [Desk.Guard] answers step-up with the reason engine.unavailable when a decision
// takes too long or fails for reasons of ours (SCA-76). Without rules the models
// judge alone; a document that cannot be read leaves the last one in force.
//
// # Privacy
//
//	class      what is kept                                       for how long
//	addresses  sealed by the keyring                              30 days
//	events     facts with keyed hashes, terms, decision, outcome  13 months
//	visits     the same, of nobody in particular                  30 days
//	reports    codes of signals, keyed hash of the machine        90 minutes
//	profiles   at most 100 sessions of 6 months; sums that decay  6 months without an event
//	payees     sums that decay, by keyed hash                     a year unused, unless frauds are known
//	channels   which are closed, why, until when                  until they end
//	lists      networks in clear, the rest as keyed hashes        until they expire
//	trials     rules and counts, nothing of a customer            13 months
//
// [Desk.Sweep] deletes and reports; [Desk.Export] shows a customer all of theirs;
// [Desk.Erase] deletes it, and takes what it taught out of the counts. Places are kept
// to a tenth of a degree. Without the customer's consent ([Call.NoConsent]) signals,
// device tag and place are neither judged nor kept.
//
// # Invariants
//
//  1. An outcome is learned at most once, whatever is told how often, on any node.
//  2. Only what was allowed or signed, and completed, or was confirmed, teaches.
//  3. Every stored score is the sum of its stored terms.
//  4. Trying rules on the past changes nothing, and no event is counted twice.
//  5. Rules come into force by two people only ([Desk.RuleExecutor]).
//
// # Threats
//
// A customer's device in wrong hands looks right: risk complements strong
// authentication and never replaces it. Poisoning: see package engine. Whoever reads
// the database learns no address, agent, account or device; whoever writes it can
// forge a profile, but not the audit log outside.
//
// Tables: risk_event, risk_visit, risk_profile, risk_lesson, risk_value, risk_pair,
// risk_total, risk_payee, risk_list, risk_rules, risk_rules_active,
// risk_probe, risk_probe_event, risk_claim, risk_channel, risk_trial.
package risk
