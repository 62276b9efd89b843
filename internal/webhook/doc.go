// Package webhook delivers messages of the outbox to the bank over HTTPS: first of
// all the second half of an activation code, which the bank sends on its own way
// (letter, branch, its app).
//
// # What is sent
//
// One POST to one configured address, in the form of Standard Webhooks 1.0
// (standardwebhooks.com), so that banks can use a library of their choice:
//
//	webhook-id          the message's id, the same in every attempt
//	webhook-timestamp   seconds since 1970, of this attempt
//	webhook-signature   "v1," and HMAC-SHA-256 in base64 over id.timestamp.body; one
//	                    for each secret, separated by spaces, while secrets change
//
//	{"type": "activation_code.part", "timestamp": "…", "data": {…}}
//
// The receiver answers 2xx once it has the message safe. It refuses signatures
// that do not fit and timestamps more than five minutes away, and knows a message that
// comes twice by its id.
//
// # What becomes of an answer
//
//	2xx                            delivered
//	400, 410, 413, 415, 422        given up: the same message will never be taken
//	429, 503 with Retry-After      tried again, not before that
//	any other, or none in time     tried again: an address or a credential that is
//	                               wrong today is repaired tomorrow
//
// Redirects are not followed: a signed message goes to the address that the
// operator named, and nowhere else. A message that is given up stays in the outbox
// until somebody tries it again.
//
// # Threats
//
// A forged message: the signature. A replayed one: id and timestamp. A name that
// suddenly points inside (the metadata service of a cloud, another machine's
// console): the address is checked after resolution, for every connection
// (package reach). A listener on the way: TLS 1.2 or later; plain HTTP only to loopback.
// Our own log: the payload and the secret are in no error, and nothing is logged
// here. A receiver that answers endlessly or never: bounded in bytes and time.
package webhook
