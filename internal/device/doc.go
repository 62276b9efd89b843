// Package device is the one registry of the things that customers have: hardware
// tokens now; phones, SIMs, companions and wallets later. It knows what a thing
// is, whose it is and whether it may be used. What is inside (seeds, keys,
// counters) belongs to the package of the method.
//
// # States
//
//	stock      imported, nobody's
//	active     assigned to a customer and usable
//	suspended  assigned; staff took it out of use for a while
//	blocked    imported with a rule that we do not know (RFC 6030, section 5): never usable
//	expired    derived: expires_at has passed; no row says so
//
//	from       to         by
//	stock      active     Assign
//	stock      blocked    Block, when a further key brings such a rule
//	active     suspended  Suspend
//	suspended  active     Resume
//
// Every transition is one conditional UPDATE and answers by value whether it
// happened. A device has one owner at most: Assign takes it out of stock or not
// at all.
//
// A device is named by manufacturer and serial number together; the same serial
// number from another manufacturer is another device. Serial numbers are
// compared in their canonical form ([Serial]).
//
// Table: device. Other packages see its rows through this package, or join
// them with the SQL of [Usable].
package device
