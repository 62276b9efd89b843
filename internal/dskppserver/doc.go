// Package dskppserver serves the provisioning of mobile tokens: the HTTP binding of DSKPP
// (RFC 6063, section 7.2). The protocol is package dskpp, codes, keys and runs are package
// mobiletoken; here they meet.
//
//	POST /dskpp/{application}    application/dskpp+xml, both ways
//
// URL_S, which is in the MACs of users, is the configured address with this path, and never
// the Host header (D-21).
//
// # A request
//
//	source    the rate of its address                                   403
//	form      the media type, the size, a client's message              400, 413
//	run       by session, or by the octets of a hello: of any node
//	line      a turn at PBKDF2; a line that is full refuses             403
//	attempt   one claim on the activation code (mobiletoken.Attempt)
//	answer    the MAC of the user, and only then the state of the code
//	keep      code used, key pending, answer stored: one transaction
//	send      200, whatever the status in it is; failures are recorded after it
//
// Internal errors are 500; then nothing has changed, and the client may send the same again.
// Applications that the policies do not have are 404, other methods 405: a trigger is not
// given out by GET (section 7.2.6), but with the activation code.
//
// # Runs
//
// What a run is made of is kept as it was sent, sealed, by the id of its session and, in two
// passes, by the digest of its hello, so that any node answers the next message, and a repeated one
// with the same octets, for as long as the key waits for its first code. The hello of
// four passes holds nothing that is one phone's own: each begins a run. When two requests of a run
// race, one is kept, and the other looks again and repeats its answer. Of two devices with
// one code, one is provisioned; the other learns what a wrong code does.
//
// # What is offered
//
// Four passes with RSA-OAEP and a key of the server that is the same on all nodes; two passes
// with a key of the client (key transport). Pre-shared keys and passphrases are not issued,
// so neither exclusive or nor the two wraps are offered, although package dskpp has them. Where
// the policies say that a redistributed token keeps its key, two passes come first: an
// existing key cannot be agreed in four.
//
// # Threats
//
//   - Whoever keeps PBKDF2 busy: the rate of the source comes first, then a bounded line;
//     only messages that need a key derivation stand in it.
//   - Guessing: attempts are counted before the proof is looked at, in the database.
//   - An oracle for ClientIDs: one that does not exist costs the same claims and the same
//     PBKDF2, and gets the same octets; the record of a failure is written after the answer.
//   - An oracle for the padding of the nonce: a nonce that does not decrypt becomes another
//     (package dskpp).
//   - Hostile XML: package dskpp refuses document types, entities and instructions; bodies
//     are bounded before they are read.
//   - Secrets: neither messages nor codes are logged; runs are sealed at rest.
package dskppserver
