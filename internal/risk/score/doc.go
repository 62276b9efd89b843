// Package score turns evidence into a decision, and can say how.
//
// # A score is a sum
//
// Evidence is in thousandths of a natural log-odds, as whole numbers, so a sum of
// terms is exact and the same everywhere. A [Term] has a code, the family of
// signals that it belongs to, the side it is about (session, action or user) and a
// weight. The sum of all terms, the base rate among them, becomes the score:
//
//	score = round(1000 / (1 + exp(-sum / 1000)))
//
// What the terms of one family say together is bounded by [Bound]; what is cut off
// is a term of its own ("bound.FAMILY"), so the terms still add up. A list that the
// bank keeps is bounded apart, because a person has decided there.
//
// # A decision
//
//	allow     score below the first threshold, and nothing demands more
//	step-up   from the first threshold, or a demand
//	block     from the second threshold, or a demand
//
// A [Demand] is a decision that must at least be taken whatever the sum says: a user
// without history is stepped up, an entry of a block list blocks. Demands say so by
// a code. What cannot be scored is stepped up ([Failed]): never allowed, and not
// blocked either, because an outage of ours is no fault of the customer.
//
// # Invariants
//
//  1. Score, sum and terms of a [Result] agree: Sum is the sum of the weights, and
//     Score follows from Sum.
//  2. No family but that of lists moves the sum by more than Bound.
//  3. The decision never is less than a demand.
//
// [Facts] are all that is known of an event when it is judged: what rules may ask
// about, and what is stored so that a rule can be tried on the past.
package score
