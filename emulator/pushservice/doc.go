// Package pushservice is a push service (RFC 8030) with its subscribers, the phones: it serves
// tests, the demo and integrators who have no browser maker's service at hand, and behaves as
// badly as real ones when it is told to.
//
// # Resources
//
//	POST   /subscribe            a subscription; {"vapid": KEY} restricts it (RFC 8292, section 4)
//	POST   /push/ID              a message: what application servers know as the endpoint
//	GET    /subscription/ID      the oldest message; Prefer: wait=SECONDS waits for one (RFC 7240, section 4.3)
//	DELETE /message/ID           acknowledges it (RFC 8030, section 6.2)
//	DELETE /subscription/ID      ends it
//
// # A message
//
//	POST ──► Fate ──► refused: any status, late or at once
//	           └────► 404 unknown, 410 ended, 400 without TTL, 401 or 403 not identified, 413 too long
//	           └────► 201, waits ──► GET, again until DELETE ──► gone
//	                           ├──► a message with the same topic takes its place
//	                           └──► its TTL runs out
//
// The identification is checked whenever there is one, and demanded of a subscription that is
// restricted: the signature, the audience, the end of the token, and the key.
// The service sees no content; [Subscriber] decrypts it.
//
// # Not here
//
// Messages are fetched by a long poll, where RFC 8030 has HTTP/2 server push, which browsers
// no longer speak either. Receipts (section 5.1) and sets of subscriptions (section 4.1) are
// not there: Prefer: respond-async is passed over. Everything is in memory, and bounded.
package pushservice
