// Package tokenserver serves the protocol that a mobile token speaks once it is provisioned:
// first codes, its inbox of approvals, and the customer's own administration of all their
// tokens. docs/mobile describes it for those who build a token.
//
//	/token/v1/…    JSON; failures are problems (RFC 9457) with a stable code
//
// # Who asks
//
// What is open says nothing of anybody: the time, what a token must know of an application,
// and first codes, which name a key by an identifier of 128 random bits. Everything else is
// signed by the device key that the phone bound with its first code, in the header
// Token-Proof: a compact JWS (RFC 7515), ES256, over method, address, body, time and a random
// name (type [Proof]). A request that changes something is taken once.
//
//	failure                              answer
//	the signature is right, iat is not   401 token.clock, with the server's time
//	the token is blocked                 403 token.blocked
//	anything else                        401 token.unknown, whatever it was
//
// The device key says which phone asks and no more. What a thief of an unlocked phone must
// not do needs a proof: a secure code, which is PIN and key, exchanged at /proofs for the name
// of a granted authentication of the purpose self-service. A proof is good for the
// phone that gave it, for as long as hub.FreshFor.
//
// # Threats
//
//   - Replay: method, address, body and time are signed, and the name of a request that changes
//     something is taken once. A GET may be repeated within 300 s: it changes nothing, and its
//     answer goes to whoever has the TLS connection. A query is not signed, so none is taken.
//   - Guessing of key ids: a name that nobody has costs the same verification.
//   - A proxy that changes requests: the signature is over all that has a meaning.
//   - Other origins: no CORS; the header cannot be sent across origins without it.
//   - Floods: the rate of the source; bodies are bounded before they are read.
//   - Secrets: activation codes are in the one answer that hands them over; answers are
//     not stored (Cache-Control: no-store); nothing of a body is logged.
package tokenserver
