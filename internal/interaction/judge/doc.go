// Package judge compares the most recent interactions of a customer's primary with
// their pattern, and says what may be allowed. It is pure, as package pattern is.
//
// # The sum
//
// Evidence is a sum of natural log-odds for the customer, in terms that explain it:
//
//	presence.GROUP   a device that was there: how much likelier with the customer
//	absence.GROUP    a device that should have been there and was not
//	bound.GROUP      what a group of devices says beyond its cap
//	place.known      the place of the primary, among this person's places at this time
//	place.new        a place where they never were, by how often that happens and how near
//	contact.none     nobody was met for a whole window, where they are no regular
//	distance.access  the access device's place, against the primary's
//	use.hour         the hour, against the hours in which this primary is used
//	use.silent       the primary did not look around for a window, though it usually does
//	context.value    values of contexts, against the usual ones
//	amount.prior     the amount, before anything else is known: impostors ask for more
//	bound.unproven   what evidence without a key says beyond the zone of limits
//	bound.distance   the same, where the access device is where the primary cannot be
//
// Absence is judged given the place, and by the last look around: a device that was
// there before that look was with the phone, which somebody else may have now.
//
// # The outcome
//
//	allow      from the first threshold on
//	limited    from the second: with an amount, a daily sum, categories, contactless only
//	step_up    from the third, and what is over the limits
//	deny       below
//	thin       too few days: the policy says limited or step_up, never allow, never deny
//
// # Invariants
//
//  1. A registered device that is present never lowers the sum, whoever else is there.
//  2. More devices, stronger proof and fresher sightings never lower it.
//  3. Without a proof that needs a key the outcome is limited at best.
//  4. The weights of the terms add up to the sum.
//  5. The pattern alone never allows more than the limits to somebody of whom too
//     little is known.
//
// # Position
//
// Habits are monitoring of transactions, not a factor of authentication: this is a
// signal on top of a possession factor, never the second factor (Delegated Regulation
// (EU) 2018/389, articles 2 and 6 to 8).
//
// # Threats
//
// An insider in the same rooms, and a relay of a real context, look like the customer:
// limits, user verification and the distance term bound them. A clone that replays
// identifiers is bounded by invariant 3.
package judge
