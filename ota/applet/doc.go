// Package applet has the messages of Countersign's signature application on a SIM:
// what stands in the data of a secured packet (package ota) to the card, and in the
// data of its answer. Both sides use it; docs/mobile-id/applet.md is its description
// for those who write the application for a card.
//
// # Messages
//
//	command   01 (version) | command | TLVs          [Command], [ParseCommand]
//	answer    01 (version) | command | TLVs          [Answer], [ParseAnswer]
//
// Tags have one octet, lengths are those of BER in their shortest form, and the tags
// of a message ascend, so that a message has one form only. A card refuses what it
// does not know with [Unsupported]; a server leaves unknown tags of an answer aside,
// so that cards may be newer than their server.
//
// # What is signed
//
//	H  = SHA-256(content): of the UTF-8 of the text; the digest itself of a document
//	     form Attributes: ECDSA or RSA over SHA-256(Attributes(H, nonce)), for CMS
//	     form Plain:      ECDSA or RSA over H, for PKCS #1
//
// A generated key's first signature is over SHA-256(head ‖ SubjectPublicKeyInfo ‖ tail),
// a certification request (RFC 2986) around a key that the server does not know yet.
//
// The control code that stands on both screens is bound to the signed hash by a nonce.
// The nonce comes from our server, never from a service provider: whoever chooses it
// can search for a code.
//
// # What is shown
//
// [Command.Shown] is the text on the screen, the same on both sides: the name of the
// service first, then the event, the text, and what is signed below it. A text is
// refused if a phone could show it otherwise than it was meant: control and format
// characters (among them those that turn the direction of writing), private and
// unassigned characters, and what UCS-2 lacks.
//
// # Threats
//
// All this travels under checksum, cipher and counter of package ota; here nothing is
// secret but by that. No message has a PIN, a PUK or a private key in it, and there is
// no command that would ask for one. Form Plain of a document signs a hash that
// nobody can read: the card says "document" and shows digits of it, no more.
package applet
