// Package exemption decides when strong customer authentication may be left out,
// records each time that it was, and reports it every quarter (Delegated Regulation
// (EU) 2018/389, RTS, articles 10 to 21, as amended by (EU) 2022/2360).
//
// # What is implemented
//
//	name        article   what it asks for                                                                   consumes
//	access      10, 10a   balance or the last 90 days; strong authentication for access in the last 180 days –
//	trusted     13        all payees stand in the customer's list of trusted beneficiaries                   –
//	recurring   14        same payee and same amount as in a series that was begun with strong authentication its turn
//	own         15        credit transfer to the customer's own accounts with this bank                      –
//	low-value   16        EUR 30 at most; since the last strong authentication EUR 100 or five in a row       counter
//	corporate   17        a dedicated protocol that only legal persons have, as the policies name them       –
//	risk        18        amount within a band that is open for the instrument, low risk, none of six checks –
//
// Articles 11 and 12 (contactless and unattended terminals) are about payments at a
// point of sale, which nobody approves here. Every exemption is off until the
// policies (section exemptions) switch it on.
//
// # A decision
//
// [Judge] is a pure function of the policies and of [Facts]: what is asked for, what is
// stored of the customer, what risk found, and which bands of article 18 are open.
// Its [Decision] has a reason for every exemption, why it applies or why not, and
// names the first in the order of the policies that applies. Whatever risk advises
// but "allow", silence included, rules every exemption out.
//
// Amounts in other currencies are converted by the table in the policies and rounded
// up; a currency that the table does not have, or a table that is out of date, rules
// out every exemption that has a limit.
//
// # Three functions for the hub
//
//	Desk.Decide   reads what is stored and judges; changes nothing
//	Desk.Use      in the unit that grants: consumes and records; "no" by value when something else was faster
//	Desk.Strong   in the unit that grants after strong authentication: begins the counters anew, counts the payment
//
// # States
//
// Low-value counters of one customer (columns low_cents, low_count):
//
//	state      Strong            Use, within limits       Use, beyond limits
//	no row     row at zero       refused                  refused
//	n          zero              n + 1                    refused, unchanged
//
// The current payment is within the limits, too: the stricter reading of article 16.
// The policies say whether the sum or the number is what limits, and whether payments
// exempted for other reasons count.
//
// Lists (trusted beneficiaries, series) change only on a warrant: the customer's last
// strong authentication, for an act of self-service or for a payment that has the very
// payee, not older than the policies say, consumed by the change (RTS 13(1), 14(1)).
// Staff take payees off without one, to protect the customer. Ending a series needs
// none.
//
//	warrant of                  Trust, Distrust               BeginSeries
//	login, or none              refused                       refused
//	self-service                any payee                     any order
//	payment                     its own payees                its own orders
//	used, or older than allowed refused                       refused
//	not the newest              refused                       refused
//	somebody else's             refused                       refused
//
// A series:
//
//	state     by         next
//	begun     Use        begun; the next turn comes when recurring.apart has passed
//	begun     EndSeries  ended, for good; its payments need strong authentication
//
// A band of article 18 for one instrument, quarter by quarter (RTS 20):
//
//	state     rate at or below reference   rate above reference   no payments in the quarter
//	closed    open                         closed                 closed
//	open      open                         warned                 open
//	warned    open                         closed                 warned
//
// The rate of a quarter is fraud by value over all payments by value of the 90 days
// until its end (RTS 19). A bank begins closed: it has to have shown one quarter.
//
// # Invariants
//
//   - since any strong authentication, the sum (or number) of payments exempted as low
//     value never exceeds the limit, under any interleaving;
//   - no exemption without its row in exemption_use in the same transaction;
//   - nothing is exempted while risk says step-up or block, or says nothing;
//   - one fraud report for a use at most, of at most its value.
//
// # Tables
//
// exemption_customer (counters, last strong authentication), exemption_provider (account
// information providers), exemption_payee, exemption_series, exemption_account,
// exemption_use (each payment, exempted or not; for three years, see [Kept]), exemption_fraud,
// exemption_day (sums).
//
// # Threats
//
// Many small payments at once: one conditional UPDATE counts them. A stolen session that
// makes a thief's account trusted: a login is no warrant, and a payment's approval is one
// for its own payees only. A bank that forgets fraud: reports come from the fraud desk by
// payment and are recorded; the audit log has them. Rates computed over exempted payments
// only would look worse or better than they are: strong ones are counted, too.
package exemption
