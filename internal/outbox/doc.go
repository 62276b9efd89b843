// Package outbox keeps what must be sent: letters, messages, calls to the bank's
// systems. A message is put in the transaction of the act that needs it, so it
// is there exactly if the act happened; a worker delivers it afterwards, outside
// any transaction, at least once.
//
// # States
//
//	waiting  to be delivered at due_at; under a lease while a worker has it
//	sent     the handler took it
//	dead     refused for good, expired, or out of attempts; an operator sees it
//
//	from     to       by
//	waiting  waiting  Claim (due_at moves to the end of the lease), a temporary
//	                  failure (due_at moves by the back-off)
//	waiting  sent     the handler's success, if the lease is still held
//	waiting  dead     a permanent failure, the expiry, the last attempt
//	dead     waiting  Retry, by an operator
//
// A worker claims by one conditional UPDATE that sets a fresh lease; whoever lost its lease
// (a node that died, or was slow) changes nothing any more. So a message can be
// delivered twice when a node dies between delivery and record; receivers are
// given its id to tell.
//
// The payload is sealed by the keyring under the message's id, and deleted when
// the message was sent, because it may hold a secret.
//
// Table: outbox.
package outbox
