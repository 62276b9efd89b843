// Package mobileid is mobile ID: persons sign with keys that were born on the SIM of their
// phone. It is the registration server, the signature server, and, as [Method], a method of the
// hub. What goes to the cards is of package ota/applet; a messaging server ([Cards], package
// sim) carries it, an authority ([Authority], package pki) issues the certificates and
// judges the signatures.
//
// # Mobile IDs
//
// A mobile ID is a phone number on a card of one person. A person has one serial number, which
// stands in all their certificates and never changes; a number has one person.
//
//	ordered     the card is told to make the authentication key
//	asked       the card has it, and the person chooses a PIN
//	generating  that key is here; the signing key, with a PIN of its own, is being made
//	certifying  both keys are here, with proofs of possession; certificates are awaited
//	active      usable, once a hold is over
//	suspended   for one cause or more: its owner, staff, another card took the number, a restore
//	refused     the person does not want it
//	failed      the registration did not succeed
//	revoked     for good; the certificates are revoked
//
//	act \ from  ordered     asked       generating  certifying  active     suspended  refused  failed   revoked
//	reach       asked       –           –           –           –          –          –        –        –
//	make        generating  generating  –           –           –          –          –        –        –
//	complete    –           –           certifying  –           –          –          –        –        –
//	activate    –           –           –           active      –          –          –        –        –
//	refuse      refused     refused     refused     –           –          –          –        –        –
//	fail        failed      failed      failed      failed      –          –          –        –        –
//	suspend     –           –           –           –           suspended  –          –        –        –
//	resume      –           –           –           –           –          active     –        –        –
//	revoke      revoked     revoked     revoked     revoked     revoked    revoked    revoked  revoked  –
//	reregister  –           –           –           –           ordered    ordered    ordered  ordered  –
//
// Each transition is one UPDATE on the version that was read, and leaves an audit record in its
// transaction. The first signature of a key is its certification request (PKCS #10), which the
// server assembles and checks.
//
// Registration needs an identification by staff, or a proof of two factors. The control code of a
// registration is on the page, and the person types it on the phone: so whoever holds the phone is
// who was identified. While a mobile ID, its card or its owner is suspended its certificates are on hold; those
// of a closed customer are revoked in the same transaction. The causes of a suspension are counted, each
// once: it ends with the last of them, and who may end one may not end another (Hold). Another SIM under the same number is a registration anew, with the same
// serial number, the former certificates revoked, and mobile_id.hold until it can be used.
//
// # Transactions
//
//	asked          on its way to the phone
//	delivered      the card has it (a response packet "more time"), and the person is asked
//	signed         the signature is here, and is being validated
//	valid          validated against the registered certificate
//	invalid        signature, digest, chain, validity, usage, or a status that cannot be learned: the reason says which
//	revoked        the certificate is revoked, or on hold
//	done           of what is no signature
//	cancelled, reported, postponed, wrong_pin, pin_blocked, wrong_control   as the person decided
//	timed_out      nobody answered in time; derived until it is written
//	undelivered    the message center, or the phone, did not take it
//	failed         the card could not; the reason says why
//	withdrawn      whoever asked does not want it any more
//
//	to \ from            asked  delivered  signed  all others
//	delivered            yes    –          –       –
//	undelivered          yes    yes        –       –
//	signed, done         yes    yes        –       –
//	cancelled … failed   yes    yes        –       –
//	valid, invalid, revoked  –  –          yes     –
//	withdrawn            yes    yes        yes     –
//
// Each is one conditional UPDATE from the state that was read; states do not come back. A packet
// whose answer came before its acknowledgment skips delivered. An answer after the time is none.
// What the card answers is signed by nobody but its checksum (package sim), so the
// signature is what counts: it is made whole and validated outside any transaction, by the message
// mobileid.validate, and the state is valid only after that. A validation that cannot
// be done is tried again for some time and then ends as invalid: it fails closed.
//
// # What may be asked
//
//	a number has one transaction that is open, over all providers  a unique index; mobileid.busy
//	limits by number, by provider, in all                          mobileid.limited
//	refusals and time-outs in a row                                mobileid.cool_down
//	a spam-prevention code, where the person has set one           before anything is sent
//	wrong ones in a row                                            counted as for everybody: mobileid.cool_down
//	a text that a phone shows otherwise than it was meant          mobileid.text
//	a text that is longer than the card shows, in its coding       mobileid.too_long
//
// All of it holds for numbers that nobody has, too: the same statements run, the same row is written, and
// nothing is sent (Transaction.Withheld). It runs out like a request that nobody answers. Only
// entitled providers are told otherwise.
//
// # Control code
//
// Four digits of SHA-256(nonce ‖ signed hash); the nonce is ours (applet.Control). So the code
// belongs to what is signed, and nobody but the server can search for one.
//
// # Invariants
//
//   - nothing leaves before the row that names it is stored, in the same transaction;
//   - valid means: over exactly what was shown, by the registered key, under a certificate that was good then;
//   - a valid signature is taken by the hub at most once;
//   - a suspended or revoked mobile ID has no open transaction;
//   - the serial number of a person never changes, and is never another one's.
//
// # Tables
//
// mobile_person, mobile_id, mobile_id_hold, mobile_id_key, mobile_id_request, mobile_id_pace, mobile_id_ref,
// mobile_id_rate. Outbox: mobileid.certify, mobileid.validate, mobileid.stamp.
//
// # Threats
//
// Prompt bombing: one at a time, limits, the spam-prevention code, cool-down, "I did not start
// this". A relayed page: service and text are on the phone, fixed by the server; codes
// that are chosen or typed tie the screens together. SIM swap: a hold, news by another way, the serial
// number shows continuity. Look-alike texts: only what every phone shows as it was meant. PIN
// blocking of a chosen victim: wrong PINs are the person's own, and requests are limited.
// Probing for numbers: equal work, equal answers. A stolen database: no PIN, PUK or private key
// is ever here; numbers are sealed.
package mobileid
