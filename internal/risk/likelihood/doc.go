// Package likelihood is the statistical model for known users: how much likelier
// the features of an attempt are for anybody than for this user.
//
// It implements Freeman, Jain, Dürmuth, Biggio and Giacinto, "Who Are You? A
// Statistical Approach to Measuring User Authenticity" (NDSS 2016, doi
// 10.14722/ndss.2016.23240), in the form that Wiefling, Jørgensen, Thunem and Lo
// Iacono published ("Pump Up Password Security!", TOPS 2022): per family of
// features the smoothed probability among all users over the unsmoothed one of
// this user, times the probability of the user. Every other row of the history
// counts alike, and order does not matter.
//
// # Families
//
//	network  address 0.6, autonomous system 0.3, country 0.1
//	agent    full text 0.539, browser 0.268, system 0.188, type of device 0.005
//
// # State
//
// A [History] is what one user taught: at most [MaxEntries] rows of at most
// [MaxAge], at most [PerDay] new ones a day. What all users taught together is
// counted, never listed: [Counts] are the few numbers that one decision needs of
// it, so a decision costs the same after ten rows and after a billion. [World]
// keeps the counts in memory, for replays; the tables of package risk keep them
// for the server. Both are moved by [Delta]s, and the rows that leave a history
// leave the counts.
//
// # Invariants
//
//  1. A score is positive and finite; a user without a row has none.
//  2. Rows of other users never change what the user's side says.
//  3. A family in which the user never had any of the values gives factor 4.
//  4. Nothing later than the attempt is counted: rows come in by Learn only.
//  5. Learning and unlearning the same row leaves no trace in the counts.
//
// # Threats
//
// Poisoning: only events that ended well are learned, few a day, and what a
// confirmed fraud taught is taken out. The trap of the formula: a family without
// any match is fixed at 4, so an attempt that nobody ever made can score lower
// than a common one. Package score adds explicit signals for what is new.
package likelihood
