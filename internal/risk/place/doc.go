// Package place says where an address is, by a local database file in the MaxMind
// DB format (version 2) that the operator provides, and how fast somebody must
// have traveled between two places.
//
// Nothing is asked over the network. Files of other makers have the same field
// names, or the short ones ("country_code", "asn"); both are read. [Build] makes a small
// file from a table: for demos, tests, and operators who only know their own
// networks.
//
// # Threats
//
// Places of addresses are rough and stale, and an attacker can take an address in
// the customer's town: a place is evidence of bounded weight and never proof.
// A damaged file gives errors, not places, and an unknown place is no evidence
// for either side.
package place
