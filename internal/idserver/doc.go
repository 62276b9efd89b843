// Package idserver is the ID server (F-3.5 to F-3.8): a bank or another online service gives a
// phone number or another identifier of a person, and asks for an authentication or a signature;
// the ID server has it made by the signature server (package mobileid), judges what comes back
// by itself, and grants or denies.
//
// It has two doors. [Desk] is the one of service providers without ETSI TS 102 204: its use cases
// are what the JSON API has below /v1/mobile-id. [Method] is the one of the bank's own
// authentications: it stands before the signature server's method of the hub, so that a login
// or a payment is granted by the same rules.
//
// # The identifier comes first (F-3.5)
//
// A phone number, a customer number or the serial number of a person is read and looked up before
// anything is sent. What is no identifier at all is refused. One that nobody has is answered
// like all others, and its request runs out: the same rows are written, nothing leaves, and only
// clients that may know are told at once (mobileid.Provider.Entitled).
//
// # What is asked
//
// An authentication signs a text with the authentication key; a signature signs a text, a
// payment (amount and payee are in the text, in the words of the person's language) or the
// digest of a document with the signing key. The digest of the content is computed here from what was
// asked for, and kept with the request: it is what the signature is judged against.
//
// # Judging (F-3.7)
//
// The signature server has validated before. The ID server does it again, with nothing but
// the CMS taken from it:
//
//	the CMS      is over the content whose digest was kept at the start
//	the signer   is the certificate that the registration server has for number and role now
//	chain, validity, usage, revocation    package pki, at the moment of the decision
//	in time      the phone answered before the request expired
//	once         granted by one conditional UPDATE, with its audit record
//
// Nobody has to come and look: the end of the signature server's transaction leaves a message to judge,
// in the same transaction, and whoever looks earlier judges at once. So the outcome, its record
// and the confirmation exist also for a service that has gone away.
//
// What cannot be judged is not granted: while the status of the certificate is not to be had the
// request stays pending, and is judged again, at the next look or by itself, until it is granted or
// has been so for a day.
//
// # States
//
//	pending   the phone, or the judgement, is awaited
//	granted   for ever; the person is known, and an assertion can be had
//	denied    for ever; the reason says why, in the words of the signature server
//
//	act \ from  pending   granted   denied
//	grant       granted   –         –
//	deny        denied    –         –
//
// # The confirmation (F-3.8)
//
// With the grant of a signature a message is queued in the same transaction, and shown on
// the phone by the signature server: what was signed, for whom. It may come twice after a crash;
// it never comes for what was not granted.
//
// # Tables
//
// identity_request. Records: identity.requested, .granted, .denied. Outbox: identity.judge,
// identity.confirm.
//
// # Threats
//
// A signature server that is wrong, or was broken into: the content's digest and the expected
// certificate are not its to say. A signature for another request: the nonce in its
// attributes makes two the same only by the same content, and the content names the service.
// Enumeration of numbers: see above. A client that looks at the requests of another: a
// handle opens for whoever asked only. A request granted twice: the conditional UPDATE.
package idserver
