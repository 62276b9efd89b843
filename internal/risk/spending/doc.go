// Package spending is the payment model of one customer: what amounts, hours and
// payees are usual, and how fast payments follow each other. It also keeps what is
// known of a payee across customers.
//
// All statistics are sums that decay with a half-life, so an update is O(1) and
// the state is bounded: amounts in at most [MaxCurrencies] currencies, 24 hours,
// [MaxPayees] payees. The half-life of 30 days lets the last 30 to 180 days count
// (a payment of half a year ago counts 1/64).
//
// # Evidence
//
// Each part answers with a log-odds: how much likelier what is seen is for a fraud
// than for this customer, ln p(x | fraud) - ln p(x | customer). What a customer
// does is mixed with a broad prior that weighs as much as a few payments, so the
// evidence is bounded by construction, a new customer gives none, and one strange
// payment is no verdict. For fraud the priors are: amounts log-normal around e
// times the customer's mean, hours uniform, nine payees in ten new.
//
// # Invariants
//
//  1. State and cost do not grow with the number of payments.
//  2. Evidence is finite for every amount, hour and order of times.
//  3. A payee learned never speaks more against the next payment to it.
//  4. Only completed payments are learned; who decides that is package risk.
//
// # Threats
//
// Grooming: small payments to a mule that make it "known". A known payee speaks
// for a payment with bounded weight, amounts count by themselves, and a payee with
// many new payers speaks against it for everybody.
package spending
