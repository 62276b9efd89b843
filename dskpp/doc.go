// Package dskpp speaks the Dynamic Symmetric Key Provisioning Protocol of RFC 6063,
// both sides of it: by it a phone gets the key of its token. It is pure: octets in,
// values out; it has no clock, no storage, no network and no log. The binding to
// HTTP (section 7.2) lies with its callers.
//
// What RFC 6063 leaves open is decided in the interop profile, rows IP-01 to IP-30
// of docs/conformance/rfc6063.md. Errata were not consulted.
//
// # Parts
//
//	Message         the five messages, a strict parser and one compact form (section 8)
//	Code            activation codes: TLV, check digits, SASLprep (section 3.4.1.1)
//	PRF             the two pseudo-random functions (appendix D)
//	Server, Desk    answers requests; asks its Desk; keeps nothing
//	Client, Run     one run of a client; commits nothing before the MACs verify
//	Policy          what a server permits
//
// Key packages are written and read by package pskc.
//
// # The server
//
//	read:   ReadRequest    octets  -> Request, or ErrNotDSKPP (HTTP 400)
//	limit:  the caller     by Request.ClientID and by source, before it costs anything
//	answer: Server.Answer  Request + Session -> Reply
//	keep:   the caller     Reply.Session, Reply.Pending; drops Reply.Ended
//
// A Session is the raw messages and nothing else, so any node can go on with it. Its
// states, and what a request leads to:
//
//	state                  ClientHello             ClientNonce, same      ClientNonce, other
//	none                   -> open, or finished    Abort                  Abort
//	open (ServerHello)     the same: repeated      -> finished, or ended  -> finished, or ended
//	finished (Finished)    the same: repeated      repeated               Abort, stays finished
//
// In the two-pass variant a hello leads to finished at once. A failure ends the
// session; its ID is never used again. A repetition is the same octets, and no
// second key: the last message may be lost, and the client then still has its old
// key. So Pending is not yet the user's key: the caller keeps it beside the old one
// and commits when the user proves to have it (section 10.5).
//
// The order of checks (IP-23): syntax, version, extensions, lists; iteration count;
// the user's MAC; only then the state of the activation, the device, the key to be
// replaced, the new key. So who does not have the code learns nothing about it.
//
// # The client
//
//	Start -> Began -- ServerHello --> Answered -- ServerFinished --> Finished
//	           \---------------------- ServerFinished (two-pass) ------^
//	any state, any error -> Failed: R_C is overwritten, and no key comes out
//
// # Invariants
//
//   - No key without a valid MAC over the activation code, in every run.
//   - A key comes out of a Run only when MAC 1 verified, and, if it replaces
//     another, the MAC under that other one.
//   - K_TOKEN is in no message of the four-pass variant, and in those of the
//     two-pass variant under the negotiated protection only.
//   - A refusal holds its status and nothing else.
//   - Parse(m.Format()) equals m; the MAC is over octets as they were sent, never
//     over what was read and written again.
//   - An unknown ClientID costs the same work and gets the same answer as a wrong
//     password, and so does an unknown shared key.
//   - No error text holds a secret.
//
// # Passphrase wrap in two passes (IP-26)
//
// The salt and the count of the package's PBKDF2 are chosen by the server after the
// ClientHello, so the K that the user's MAC needs cannot be that key. K is
//
//	PBKDF2-HMAC-SHA1(passphrase in its SASLprep form, UTF-8,
//	    salt = first 16 octets of SHA-256("DSKPP passphrase K" || 0 || ClientID || 0 || URL_S),
//	    100 000 iterations, 16 octets)
//
// As it is a passphrase-derived key, the iteration count of K_AC is exactly 1; the
// work against guessing the passphrase stays 100,000. The wrapping key of the package
// is derived anew, with a random salt of 16 octets and 100,000 iterations or more.
// The passphrase is random, of 80 bits or more, another one for every key, and never
// the password of the activation code.
//
// # Threats
//
//   - Guessing codes: K_AC costs 100,000 iterations, about 20 ms, which is also a
//     way to keep a server busy. Limit before Answer; Policy.MaxIterations bounds
//     what a client may ask for. Codes of 80 bits cannot be guessed from a captured
//     MAC.
//   - Padding oracles: a nonce that does not decrypt becomes another nonce, and the
//     user's MAC fails as with any wrong code. PKCS #1 v1.5 is off where the server
//     decrypts. Under AES-CBC the MAC of the value is checked first, by package pskc.
//   - A man in the middle who answers with his own public key learns his client's key,
//     and the server's is another (section 4.1.1). Client.CheckServer pins the key.
//   - Downgrade: Policy lists what is permitted; the client checks that the choice was
//     in its lists; MAC 1 covers the hello.
//   - A forwarded or captured trigger holds the code: send it over confidential
//     channels only; the device that it names is demanded.
//   - Hostile XML: no document type, no entity, no processing instruction, 128 KiB,
//     32 levels, lists of 64.
//   - Not protected: metadata (device names, key ids, algorithms) travel in clear
//     inside TLS. Whether a device has a pre-shared key shows in the negotiation of
//     the four-pass variant with exclusive or.
package dskpp
