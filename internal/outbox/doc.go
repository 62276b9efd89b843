// Package outbox sends what must be sent, after the transaction that decided to
// send it, and in spite of crashes: text messages, notices, webhooks.
//
// # How
//
// [Outbox.Put] inserts a row in the caller's transaction: if that fails, nothing
// will be sent; if it commits, the message will be delivered or somebody will be
// told. Workers ([Outbox.Run]) on every node claim rows that are due, call the
// [Handler] of the message's kind outside any transaction, and store the outcome.
//
//	          ┌─────── temporary failure, lease ran out ───────┐
//	          ▼                                                │
//	Put ──► waiting ──claim──► waiting, leased ──► sent        │
//	          ▲                       ├───────────────────────-┘
//	          │                       └──permanent failure, expired, too many attempts──► dead
//	          ├───────────────────────────────────Retry──────────────────────────────────-┤
//	                                                       (forgotten) ◄──Discard─────────┘
//
// A node that stops lets the deliveries under way finish ([Config], Finish): cut off, the other
// side might have a message and never say so, and would get it again.
//
// A claim is one statement: a lease (a random id) and its end are written into
// the row, with SKIP LOCKED on PostgreSQL and by the only writer on SQLite. The
// outcome is stored only where the lease still stands. A worker that dies, by
// kill -9 or with its machine, leaves a lease that runs out, and another worker
// takes the message.
//
// What a handler stores about a delivery ([Recorder]) shares the transaction of the
// outcome: one commit less for each message, and no moment in which only one of the
// two is known.
//
// So a message is delivered at least once. It is delivered more than once only
// when a worker died, or was slower than its lease, after the delivery and before
// the outcome was stored; [Message.ID] is the same each time, so a receiver can
// tell. Messages have no order among each other.
//
// A message that failed for a while waits longer each time (doubling, up to a cap,
// with jitter). A dead message stays visible ([Outbox.List]) until it is tried again
// ([Outbox.Retry]) or somebody gives it up for good ([Outbox.Discard]); the audit log
// has a record of each.
//
// # Invariants
//
//   - a message of a transaction that failed is never sent;
//   - at most one worker holds the lease of a message;
//   - no transaction is open during a delivery;
//   - a message is never delivered after it expired;
//   - of two messages with one kind and one dedupe key only the first is sent, for
//     as long as its row is kept (a day after its end).
//
// # Tables
//
// outbox. The payload is sealed (label "outbox.payload", the message's id) and
// deleted with the delivery; dead messages keep it for Retry.
//
// # Threats
//
// Payloads hold phone numbers and codes: they are sealed at rest and never logged;
// handlers must keep them out of their errors, whose text is stored in reason.
// A handler that hangs is cut off before its lease ends. Floods are the business
// of the budgets in front of Put.
package outbox
