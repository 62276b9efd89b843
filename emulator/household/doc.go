// Package household makes up people, their homes, the devices that they live with and
// their days, and what a phone that watches those devices reports: events with the
// truth beside them, for evaluations, demonstrations and load. Nobody's data went into
// it, and it knows nothing of how a server judges them.
//
// # Parts
//
//	Town      a seed, a first day and how often lives change; makes any Person by number
//	Person    an archetype with habits, devices, places and a life (moves, swaps, trips)
//	Day       where a person is, minute by minute of one civil day
//	Event     what the phone reports: a poll with who was seen, the cell, activity
//	Request   a payment or login of the person's own
//	Moment    a request with the reports that came before it: honest, or an Attack
//
// A person's day is a function of seed, person and day: any day can be had without the
// days before it, and drawing attacks changes no person and no day.
//
// # People
//
// Forty-six in a hundred work in an office, twelve in rotating shifts, fourteen at home;
// ten live irregularly, six travel on business every other week, six study, six are
// retired. Neighbors in number (0 and 1, 2 and 3, …) share a home, with its devices, in
// two of five cases. Hours have a person's mean and a day's jitter of about half an hour.
// Shops are chosen with a long tail near home and work; one visit in twelve is to a
// place never seen before. Nearly everybody has an access point, most a television, a
// laptop and a car, about half each a speaker, a hub, a tablet, a wearable, a headset.
//
// # What goes wrong
//
// Sightings are missed: rarely of an access point, commonly of a television. Phones
// skip polls, some sleep at night. There are days without Bluetooth and without
// permission for places, hours without network whose events arrive late (one such batch
// in five without times), clocks that are off, a day of 23 and one of 25 hours, public
// holidays, vacations, trips into other time zones, guests whose devices nobody
// registered, and devices whose radio address changes every quarter of an hour.
//
// # Attacks
//
//	A1    a stolen phone, used elsewhere
//	A2a   stolen together with a portable device
//	A2b   used in the victim's home while the victim is out
//	A3a   cloned credentials, far away
//	A3b   a clone that reports the victim's home or shop as its place
//	A3c   a clone that also replays identifiers which prove nothing
//	A4    an insider, in the same place at the same time
//	A5    a relay: the phone's context is real, the access device is elsewhere
//	A6    slow poisoning: the attacker's place is reported, an hour a day, for weeks
//	A7    reports of an earlier day, sent again
//	A8    a stolen phone, and a secondary that was registered an hour ago
//
// # Limits
//
// These are assumptions, kept simple, and written down before any score was looked at.
// Real homes are stranger. Numbers from here compare methods and promise nothing.
package household
