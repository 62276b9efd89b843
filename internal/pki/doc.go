// Package pki is the certification authority of mobile ID: it certifies keys that were born on SIM cards, says whether
// certificates are still good, stamps times, and judges signatures.
//
// # Authorities
//
//	root      certifies the issuing authority and nothing else. It is made and used offline ([NewRoot], [Root.SignIssuing]);
//	          its key is a file under a passphrase, and never in the database
//	issuing   certifies persons and providers, and signs revocation lists. Its key is in the vault
//	ocsp      answers for one issuing authority, 90 days at a time
//	tsa       stamps times, for the issuing authority at work
//
//	pending ──Install──► active ──another is installed──► retired
//
// Keys of authorities live in a [Vault]: sealed by the keyring, or in a device. A retired issuing authority issues no more, and goes
// on to list and to answer for what it has issued until its own end. Delegates (ocsp, tsa) are renewed by [Desk.Upkeep] when a third
// of their time is left; the private key of a retired one is destroyed after an hour.
//
// # Certificates
//
//	profile          key usage (critical)    besides
//	authentication   digitalSignature        policy "software key"
//	signing          nonRepudiation alone    policy "software key" (EN 319 412-2, 4.3.2, type A)
//	provider         digitalSignature        extended: clientAuth
//	ocsp             digitalSignature        extended: OCSPSigning; id-pkix-ocsp-nocheck
//	tsa              nonRepudiation          extended, critical: timeStamping
//
// Serial numbers have 127 random bits. Nothing of a request but its key gets into a certificate: the subject is that of
// the [Order]. A request proves possession of a key, and not where it lives, so no certificate claims a secure device:
// there are no QC statements. A public key is certified for one holder only.
//
//	good ⇄ hold      Suspend, Resume
//	good, hold ──► revoked      never back
//
// Each is one conditional UPDATE with its audit record, which makes a new list due.
//
// # Lists, answers, time-stamps
//
// A revocation list (RFC 5280) is full and signed, made when a status has changed or half of its time is over. Its number is at least the time of its making:
// numbers do not come again when the database was restored. The responder (RFC 6960) reads the table at each question, takes nonces, knows SHA-1 and
// SHA-256 names, and says "unknown" of serial numbers that were never issued. Time-stamps (RFC 3161, RFC 5816) have the time of the node to the second.
//
// # Signatures
//
// [Assemble] makes a CMS SignedData (RFC 5652) from what a card has signed. [Judge] reads such a signature back as if a stranger had made it: DER only, one signer,
// SHA-256, the registered certificate, digest, signed attributes, signature, chain, validity, usage; [Desk.Validate] adds the status, and keeps the
// signed answer as evidence. What cannot be learned is a finding, never "valid".
//
// # Another authority
//
// With [Elsewhere] certificates come from another authority (EST, RFC 7030) and its responder or list is asked. What it issues is checked before it counts: key, subject,
// usage, chain. EST cannot revoke: a revocation is known here, where signatures are refused from then on, and that authority must be told by its own way. [Desk.Untold] lists
// what it does not know yet, which is one of the [Desk.Matters] of the operator.
//
// # After a restore
//
// Certificates that were issued after the backup are unknown, and signatures by them are refused. Revocations after the backup are not known any more: [Desk.Merge]
// takes them from the last list that was published.
//
// # Tables
//
// pki_authority, pki_certificate, pki_key, pki_list. An erased customer's certificates are revoked and dropped; serial numbers stay.
//
// # Threats
//
// Who steals the database has no key without the key-encryption key. Who takes over a node issues certificates: they are all in the audit log, and the root can revoke the
// issuing authority from offline. A signature in two readings (BER, two signers, attributes out of order) is no signature. Whoever asks the responder learns the status of a
// serial number, which cannot be guessed. A wrong clock stamps wrong times: readiness compares it with the database's.
package pki
