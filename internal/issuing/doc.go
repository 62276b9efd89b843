// Package issuing authorizes payments with tokens of the vault: one decision from cryptogram, counter, limits, standing and the pattern
// of a customer's devices.
//
// # One request
//
// [Desk.Authorize] looks at, in this order:
//
//	token and card      unknown, deleted, expired, suspended (any reason), customer or card not in good standing, another device's
//	cryptogram          by the limited-use key, derived again; a wrong one counts against its key, and enough of them end it
//	counter             each transaction counter once, and none far behind
//	limited use         of no use any more, whatever the standing: its own reason
//	pattern             of the devices around the customer: allow, limits, another authentication, refuse
//	risk                of the circumstances, asked before the transaction: allow, another authentication, refuse; where the policies want it
//	limited use         taken, in one conditional statement
//
// The first that fails decides, so a perfect pattern does not heal a wrong cryptogram (DI-78), and a right cryptogram under
// a worn key is none (DI-27). What comes before the cryptogram changes nothing but the record. A right cryptogram takes its counter
// whatever comes after, so it is good for one request.
//
// # Once
//
// A request has a key: what tells it from all others. The first answer is stored in the transaction that makes it true; whoever sends the same again
// gets that answer and nothing else happens. The same key with other content is refused as a duplicate. So it does not matter on which
// connection or which node a repeat arrives: no approval without a durable record, and none twice.
//
// The row of a message is stored with its answer. Of two that are decided at the same time, on two nodes, the second finds the first by the key of the
// table: all that it took is given back, and it is looked at again.
//
// # Together
//
// Payments share commits ([db.DB.Settle]): nobody is answered before the commit, and one that fails is taken out without the others noticing. Those with
// the same token come one after another within a node; between nodes conditional statements decide. What advices and reversals do has a transaction of its
// own: a reversal waits for the row of its original, which it could not within one transaction.
//
// # Afterwards
//
// [Desk.Reverse] takes an approval back, in part or whole, once for each key and never more than was approved: it returns amount to the
// limited-use grant, never a use or a counter (DD-13). A reversal that comes before its original is stored, and the original is
// then refused. [Desk.Advise] records what was decided elsewhere (stand-in, network): it is never refused; what does not fit is marked.
//
// # Tables
//
//	issuing_message        each message once: its key, a digest of its content, its answer
//	issuing_authorization  each decision with what it rests on
//	issuing_return         what came back of it, each time
//
// # Threats
//
// Guessing cryptograms and codes: misses are counted on the grant. Replay: counter and key. A race of a reversal with its original: both store the
// message row of the original, so the second sees the first. Numbers: requests and records hold the id of the token and its last digits.
package issuing
