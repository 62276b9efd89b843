// Package provider keeps the service providers that ask people for signatures on their phones:
// the application providers (AP) of ETSI TS 102 204. It authenticates them, says what each may
// ask for and how, and remembers what they have asked for until it is told them.
//
// # Who is asking
//
// A provider names itself by AP_ID and shows AP_PWD, of which a keyed MAC is stored, and its
// client certificate, of which SHA-256 of the public key is (RFC 7469, section 2.4): it may
// renew the certificate without us. Where a certificate is registered it is needed; a provider
// without any is let in by its password alone only if its terms say so. Passwords are
// made here, with 256 random bits, or taken over from another server with at least 16
// characters; the one before works beside the new one for a while. Every failure looks the same and
// costs the same; the audit log has the reason, of many in a row one a second.
//
// # Terms
//
// [Terms] say which profiles a provider may use, with which words its texts begin, which name
// the phone shows, how long texts may be, how often it may ask, whether it learns that a
// number is unknown, to which addresses notifications go, and which success code it wants.
//
// # States
//
//	active ⇄ disabled      Disable, Enable
//
// # Orders
//
// An [Order] is what a signature request was besides what package mobileid knows of it: the
// messaging mode, the number as it was written, where to send a notification. A notification is due
// once the request has ended: whoever takes the order first, on any node, leaves the message in
// the outbox, in one transaction ([Register.Take]).
//
//	kept ──Take──► told        asynchServerServer only
//
// Orders are forgotten a day after they have run out, and with their customer.
//
// # Tables
//
// provider, provider_order.
//
// # Threats
//
// A stolen database: no password can be read, numbers are sealed. A stolen password: the
// certificate. A provider that turns bad: Disable, at once, on all nodes, as every request reads the
// row. A provider that asks for whole number ranges: it is not told which exist. Notifications to
// addresses that somebody made up: only registered ones are called.
package provider
