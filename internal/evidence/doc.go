// Package evidence makes signed assertions: what a granted authentication has
// shown, in a form that a bank can archive and that anybody can verify years
// later with nothing but the published keys (F-4.3.7, SCA-28).
//
// # Assertion
//
// A JWS in compact form (RFC 7515), ES256, with the header
//
//	alg  ES256
//	kid  which of the published keys
//	typ  countersign-assertion+jwt (RFC 8725, section 3.11: it is nothing else's token)
//
// over the claims of the type [Claims]. There is no exp: evidence does not lapse.
// Who takes an assertion as a permission, and not as a proof for the archive, must
// look at auth_time and take each txn once.
//
// The claims are a function of the authentication, the audience and the moment of
// issue: asked again, they differ in iat alone (and the signature, which ES256
// makes from a random number). jti is made from authentication and audience.
//
// Issuing costs a signature. The answer that grants a payment carries an assertion,
// because the bank has to archive it; that of a login does not, so the hot path
// signs nothing, and it is made when it is asked for ([Issuer.Issue]), with an audit record.
//
// # Signatures of SIM cards
//
// A signature that a person made on a SIM card is exported as one file ([Issuer.Export]), a ZIP
// with what openssl reads and with what no signature says:
//
//	shown.txt         what the phone showed            statement.jws binds it
//	content.bin       what was signed                  its digest is signed by the person
//	signature.p7s     CMS, or signature.bin alone      openssl cms -verify
//	certificate.pem   of the person, and chain.pem     the roots are what the verifier brings along
//	ocsp.der          the status of the certificate    openssl ocsp; status.crl where a CRL was relied on
//	stamp.tst         time-stamp over the signature    openssl ts -verify
//	audit.json        proof of the record of it        audit.CheckProof
//	statement.jws     a [Statement], of type TypeSignature, under the keys below
//	README.txt        the commands
//
// [VerifySignature] needs nothing but [Trust]: the published keys, the roots, the key of the audit
// log. It reads CMS, time-stamps and statuses by code of its own, apart from what made them, and
// computes again what was shown from what was signed (ota/applet): a server that lies about the
// text has to have the person's signature over the lie. The certificate has to be good at the
// moment of the time-stamp, not today. Nothing is exported that lacks a part.
//
// # Keys
//
// The server makes its own pairs on the curve P-256. A pair is named by its
// thumbprint (RFC 7638). Number 1 is made at the first need, each other one by
// [Issuer.Rotate].
//
//	pending   active_from is to come: published, signs nothing yet
//	active    the highest number whose active_from has come; exactly one
//	retired   its successor is active: the private part is destroyed, the public
//	          part stays published until expires, [Retention] later
//	expired   no longer published; an archived key set still verifies
//	withdrawn retired and perhaps stolen: not published, and not in the archive
//
//	from     to       by
//	-        active   the first need
//	-        pending  Rotate; active [Lead] later, so that the copies of the key
//	                  set that verifiers keep have it before anything is signed by it
//	-        active   Rotate at once, for a key that is not trusted any more
//	active   retired  its successor's active_from comes
//	retired  expired  time
//	retired, expired  withdrawn  Withdraw
//
// Numbers are consecutive, and a key is added by INSERT under the next number
// together with the conditional UPDATE that retires the one before, in one unit:
// of any number of nodes that try at once one succeeds, and the others find its key.
//
// # Invariants
//
//   - exactly one key has no successor (a partial unique index), and at any moment
//     after the first one key is active;
//   - a private key leaves the package only sealed, and the one of a retired key
//     is destroyed;
//   - nothing is asserted about an authentication that was not granted;
//   - a key set that does not open is not published: fail closed.
//
// # Threats
//
// A stolen database: private keys are sealed by the keyring. A database administrator who
// adds a key of their own to the published set: the public part is sealed as well, under
// the number of its row, so it cannot be forged or moved without the key-encryption key.
// An assertion sent to somebody whom it was not made for: aud. Another token of ours, or
// of somebody else under the same key, taken for an assertion: typ. Algorithm confusion
// and "none": [Verify] knows ES256 alone, and takes the key by kid from the set that the
// verifier gave, never from the header. A payment changed afterwards: payment_hash, which
// Verify computes again from the orders. A thief of a private key signs what they like,
// also with a date in the past: every grant is in the audit log under the name that the
// claim record has, so an assertion without its record is a forgery;
// [Issuer.Withdraw] takes the key away.
//
// Table: evidence_key.
package evidence
