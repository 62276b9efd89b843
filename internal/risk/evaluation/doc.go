// Package evaluation replays people who were made up (package population) through
// the engine, and reports how often customers must authenticate again for how many
// attackers caught, against two baselines. It follows the protocol of Wiefling et al.
// (TOPS 2022): events in the order of time, nothing from the future, a threshold per
// kind of attackers and catch rate, rates per customer after 12 and 39 logins.
//
// # What is compared
//
//	engine           the sum of a [score.Result] against a threshold
//	address changed  any address that the customer's history does not have
//	new device       any device tag that the customer's history does not have
//
// The baselines have no threshold: they catch what they catch. A customer's first
// login is stepped up by every method, and is left out of all rates.
//
// # Honesty
//
// Thresholds are chosen on the people of one seed and applied to those of another;
// the catch rate that results there is reported beside the one aimed at. A login is
// learned whether or not it was stepped up, because customers succeed; attackers'
// tries are never learned, for the baselines neither.
package evaluation
