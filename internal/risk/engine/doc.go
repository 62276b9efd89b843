// Package engine judges events: it asks the models what they say of an event, asks
// the rules, and has package score add it all up. It also says what a customer's
// profile learns from an event that ended well, and forgets of one that proved to
// be a fraud. It is pure: what it needs is given, and the caller keeps it.
//
// # The terms of the models
//
//	code                what it compares                                        side
//	statistics.network  address, network, country: anybody over this customer   session
//	statistics.agent    browser, system, type of device: the same               session
//	address.new         an address never had, against how often this customer's is   session
//	address.known       an address had before                                   session
//	device.new          a tag never seen, against how often this customer's is   session
//	device.known        a tag seen before                                       session
//	payment.amount      the amount with the customer's amounts                  action
//	payment.hour        the hour with the customer's hours                      action
//	payee.new           how often this customer pays somebody new               action
//	payee.known         paid before                                             action
//	payee.reputation    who else paid the payee, and confirmed frauds           action
//	payee.first_payers  many customers pay the payee for the first time         action
//	list.block, list.watch, list.trust   entries of lists that the bank keeps   session
//	presence.…, absence.…, place.…   the customer's devices (package interaction)   session
//
// # Demands
//
//	user.new         a customer without history is stepped up
//	session.unseen   neither address nor agent was told, of the event or its session: stepped up
//	list.block       an entry of a block list blocks
//	list.watch       an entry of a watch list steps up
//	interaction.…    what the customer's devices say demands it
//
// Where the bank refuses nobody for a pattern, the terms of the customer's devices lead to a
// step-up at most: what they would add beyond is taken back by the term [CodeSpared].
//
// # Learning
//
// A [Profile] learns from sessions, payments and actions that ended well, each once,
// at most [likelihood.PerDay] sessions and [PaymentsPerDay] payments a day. It has
// fixed bounds, so a decision costs the same after ten events and after a million.
//
// # Invariants
//
//  1. Judging changes nothing: neither profile nor counts.
//  2. Judging stored facts again with the same rules gives the same result
//     ([Replay]): that is what makes a test on the past true.
//  3. Unlearning an event takes its row, its tag and its payments out.
package engine
