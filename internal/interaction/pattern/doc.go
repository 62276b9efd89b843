// Package pattern counts whom a customer's primary device meets, when and where, and
// says what to expect. It is pure: bytes and values in and out, no clock, no storage.
//
// # Slots
//
// The unit is the civil hour of one primary ([Slot], decision DD-9). A [Builder] makes
// slots of events. In a slot the primary looked or it did not (exposure), and each
// registered device was there or was not (presence); so repeats and dense polling
// change nothing, and a slot counts once ([State.Learn]). A device that is not
// registered has no number, so nothing of it can get here.
//
// # Counts
//
// All counts decay with a half-life ([Options]) and are kept with the weight that
// their day had: learning does not depend on the order in which slots come, and costs
// by what was seen, never by history.
//
//	exposure    all, hour, kind of day x hour, weekday x hour
//	presence    the same, for each device
//	places      S2 cells by kind of day x three hours, and who was there; at most 64
//	routes      ways between successive cells; at most 32
//	contexts    means and variances by three hours, and classes in 64 bins
//	maps        exactly when a device or a place was there, for 64 days
//
// Absence is exposure without presence, and is not written. A device that came later
// has a copy of the exposure before it, which is taken off.
//
// # Estimates
//
// [State.Expect] backs off from weekday x hour to kind of day x hour, to the hour, to
// all hours and to a prior, each level with the strength of four hours, and hours lean
// on their neighbors around the clock. [State.ExpectAt] is the same, given the place:
// at home the access point is there at any hour. [State.Locate] says how usual a place
// is, and [State.Usage] how usual it is that the primary is used at all.
//
// # The table
//
// [State.Table] and [State.Perimeter] are the readable pattern (DI-59 to DI-74): a view
// of the same counts and maps, in any periods and for any weekdays. A device or place is
// in the table when it was there on at least N of the last M days of these weekdays
// (decision DD-10) and in at least a share of the hours.
//
// # Invariants
//
//  1. A slot counts once, in whatever order slots come.
//  2. Learning and unlearning a slot leaves no trace but that of rounding.
//  3. The size is bounded, whatever is learned.
//  4. Reading what was written gives the same bytes again.
//  5. An estimate is a probability, strictly between 0 and 1.
//
// # Threats
//
// Poisoning: whoever uses this package learns late and only from days that nobody
// disputes ([Schedule]), and devices are admitted after a quarantine, so what an
// attacker does today cannot explain today. Places are cells, never fixes.
package pattern
