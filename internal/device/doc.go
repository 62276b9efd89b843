// Package device is the one registry of the things that customers have: hardware
// tokens, applications on phones, SIM cards and the devices that a person lives with. It knows what a thing
// is, whose it is and whether it may be used. What is inside (seeds, keys,
// counters) belongs to the package of the method.
//
// # States
//
//	stock      imported or taken back, nobody's
//	assigned   given to a customer, who must prove it before it can be used
//	active     a customer's, and usable
//	suspended  a customer's; taken out of use for a while
//	lost       out of its owner's hands; nothing of it is accepted
//	retired    ended for good
//	blocked    imported with a rule that we do not know (RFC 6030, section 5): never usable
//	expired    derived: expires_at has passed; no row says so
//
//	act \ from  stock     assigned  active     suspended  lost      retired  blocked
//	Assign      active    active*   –          –          –         –        –
//	Block       blocked   –         –          –          –         –        –
//	Give        assigned  –         –          –          –         –        –
//	Suspend     –         –         suspended  –          –         –        –
//	Resume      –         –         –          active     –         –        –
//	Lose        –         lost      lost       lost       –         –        –
//	Find        –         –         –          –          assigned**  –      –
//	Return      –         stock     stock      stock      stock     –        –
//	Retire      retired   retired   retired    retired    retired   –        retired
//	Replace     –         –         retired    retired    lost**    –        –
//	Extend      stock     assigned  active     suspended  –         –        –
//
//	*   for the customer to whom it was given
//	**  unless replaced_by is set already
//
// Every transition is one conditional UPDATE and answers by value whether it
// happened; those of [Device.Change] start from the state and the owner that were
// read. A device has one owner at most: Assign and Give take it out of stock or not
// at all. A lost device that was replaced stays lost: somebody may have it.
// A token that locked itself after wrong PINs is in no state of its own, because
// only the token knows.
//
// What an act means for what is inside a device is up to the package of the
// method (for tokens: token.Care).
//
// A device is named by manufacturer and serial number together; the same serial
// number from another manufacturer is another device. Serial numbers are
// compared in their canonical form ([Serial]).
//
// A mobile device (kind mobile) is one installation of an application: package mobiletoken
// adds it as assigned, to whoever is to have it, and never in stock. Its serial number is
// its id; that of the token is the token's, which can move to another device.
//
// Table: device. Other packages see its rows through this package, or join
// them with the SQL of [Usable].
package device
