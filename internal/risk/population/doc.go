// Package population makes up people who log in to a bank, and those who try to be
// them: events with labels, for evaluations. Nobody's data went into it.
//
// # People
//
// Each has a country, a town, a line at home whose address stays, changes now and
// then, or is new nearly every time; a phone network with a new address for most
// sessions; sixty in a hundred have a place of work. They own one to three devices,
// whose browsers are updated every five weeks or so and whose systems twice a year;
// a device is replaced after about three years. Cookies are lost now and then, and
// always by the four in a hundred who browse privately. They travel one to three
// times a year. Five groups log in from daily to less than monthly.
//
// # Attackers
//
//	naive          anywhere in the world, a popular browser
//	same-country   an address in the victim's country, a popular browser there
//	targeted       the victim's town, in half of the cases the same provider; the
//	               victim's kind of browser and system, in half of the cases the very
//	               same text; no cookie
//	very targeted  as targeted; in half of the cases through the victim's own line, and
//	               in half with the victim's cookie
//
// # Seeds
//
// The same seed gives the same people on every machine. Thresholds are chosen with
// one seed and reported with another one.
//
// # Limits
//
// These are assumptions, set before any score was looked at, and kept simple. Real
// customers are stranger, and real attackers choose whom they attack. The numbers
// compare methods with each other; they promise nothing about a bank.
package population
