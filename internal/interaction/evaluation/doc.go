// Package evaluation lets people who were made up (package emulator/household) live for
// some weeks, judges their requests and those of their attackers as a server would have
// judged them then, and reports how often customers are not believed for how many
// attackers are, beside a baseline. Nothing is known before it happened: reports are
// learned a day late, devices count after their quarantine.
//
// # What is compared
//
//	judge   the sum of [judge.Result] against a threshold
//	set     the pattern as a set: the share of the devices that recur in this weekday and
//	        period, and whether the place is inside the perimeter that recurs
//
// The baseline learns at once and from everything, and has no quarantine.
//
// # Protocol
//
// Three towns with seeds of their own. Of the first, for training, everything may be
// looked at. The second one, for tuning, gives the thresholds: from honest requests
// alone, before any attack is drawn. The third, for the test, is reported, once. A
// threshold accepts what is at or above it, so "accepted" counts limited requests as
// well; how many those are is in the table of outcomes. Confidence intervals come from
// drawing people again, with replacement: requests of one person are not independent.
//
// # Honesty
//
// What the people do is assumed, and was written before any score was looked at. The
// attackers know nothing of the thresholds. Attacks that the protocol stops (repeats of
// old reports, clones that are told by epochs) are given to the judge as if it had not.
package evaluation
