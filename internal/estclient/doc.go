// Package estclient lets another authority certify in place of ours, by EST (RFC 7030), and another one stamp times (RFC 3161).
//
//	POST simpleenroll   a certification request that a card has signed; the answer is a certificate (section 4.2)
//	GET  cacerts        the authorities between its certificates and the anchors (section 4.1)
//	OCSP, lists         at the configured addresses, or those in the certificates (RFC 6960, RFC 5280)
//
// This installation is the registration authority: it authenticates to the server by its own TLS certificate, or by name and password, and vouches
// for the subject. Requests carry the person's serial number and the proof of possession that the card has made; whether the authority copies a name is
// its policy. There is no re-enrollment as its subject, because the keys are in cards that speak no TLS: a renewal is an enrollment of the same key.
//
// The server is verified by its TLS certificate under the configured anchors, and answers are believed as far as their signatures go: package pki checks key, subject,
// usage and chain of what comes back, and who has signed a status. Redirects are not followed, answers have a bound. "Not yet" (status 202) is a fault with the time to
// come back, which the outbox waits for.
//
// # Threats
//
// A server that is not the authority: TLS, with explicit anchors, and the chain of what it issues. An authority that issues something else: refused before it counts.
// An authority that does not answer: signatures are not valid meanwhile, because their status cannot be learned.
package estclient
