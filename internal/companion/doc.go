// Package companion is the registry of the communication devices that a person lives with: the
// phone or access point that reports (a primary), and what it meets (secondaries). Package
// interaction learns from what they report; this one knows which devices there are, whose they are,
// what they can do, how they prove themselves, and which of their messages were taken.
//
// # Registration
//
// A primary comes with an invitation that its owner asked for after a strong login, or the bank for
// a person whom it identified: a code, good once, for some minutes ([Desk.Invite]). The device
// makes its keys and enrolls with the code ([Desk.Enroll]); the server assigns its requestor id,
// by which it is called in every message. Sent again with the same keys the answer is the same.
//
// A secondary is named by a primary of its owner in a signed message ([Desk.Name]). With a key of
// its own it can sign what it says; without one its identifier is all there is, and everybody in radio
// range can copy that ([Class]).
//
// # States
//
// The life cycle is that of package device: active, suspended, lost, retired. A new device is
// fresh until its quarantine ends (device.starts_at); a fresh one reports and is seen, but counts for
// nothing (package interaction). A device that is named again after its end is a new device.
//
//	act \ from  fresh    active     suspended  lost    retired
//	Suspend     –        suspended  –          –       –
//	Resume      –        –          active     –       –
//	Lose        lost     lost       lost       –       –
//	Remove      retired  retired    retired    retired –
//
// A lost device is not found again: what comes back may have been opened. It is registered anew.
//
// # Roles
//
// Every device may be a hub, a secondary and a tertiary; one with a transaction application may be a
// primary, too (DI-229 to DI-231). Roles are what a device may be, not what it is: in one
// moment it can be several ([Companion.May]).
//
// # Messages
//
// [Desk.Take] stores the replay window of a device with the effect of a message in one unit:
// fresh messages are acted upon once; an exact repeat gets the stored answer; the same sequence number
// with other octets is an alarm. The epoch of a device goes up when its application is installed
// anew. Once the server has seen a higher epoch, a message of a lower one means that two copies of
// the device live: it is suspended, and whoever listens is told (News).
//
// # Two people, one device
//
// Households share devices. A device without keys may be registered by several people, each for
// themselves: nothing that one of them does changes what another has. A key belongs to one person: whoever
// enrolls it a second time is refused.
//
// # Identifiers
//
// Serial numbers, addresses and the like are sealed (label "companion.identifier") and found by
// a keyed hash that is salted with the owner, so that equal devices of two people do not show. The
// list that a primary matches against is made for it alone ([Desk.Known]). Identifiers of devices that
// nobody registered never reach the server.
//
// # Invariants
//
//   - a customer has one device of an identifier, and at most as many devices as the policy says;
//   - the short number of a device is never another's: patterns are kept by it;
//   - a message takes effect at most once, on any number of nodes, across crash and restart;
//   - no device is its own secondary;
//   - an invitation registers one device.
//
// # Tables
//
// companion, companion_identifier, companion_invitation, companion_answer, companion_recipient. Rows in table device are
// of the kind companion. Records: companion.invited, companion.enrolled, companion.named,
// companion.changed, companion.renamed, companion.suspended, companion.resumed, companion.lost,
// companion.removed, companion.cloned.
//
// # Threats
//
// A thief of an unlocked phone enrolls a device of theirs: it takes a strong login, the owner is
// told by another way, and the quarantine bounds it. Guessed codes: 60 random bits. A restored
// database: windows are behind; messages since the backup may take effect again, which adds sightings that
// were true; keys issued since are unknown and enroll again; all devices are in quarantine anew ([Desk.Restored]).
package companion
