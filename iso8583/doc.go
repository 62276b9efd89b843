// Package iso8583 reads and writes financial messages (ISO 8583:1987) in one pass, driven by profiles, which are data.
//
// It is a protocol package: octets in, values out. It has no sockets, no clock, no storage and no log; internal/iso8583server has
// the connections and internal/issuing the decisions.
//
// # Messages
//
// A [Profile] says how a peer writes: its encodings (ASCII, packed decimal, binary, EBCDIC), the format of each field, which messages it sends
// and what they must hold, and which code each decision has. [Profile.Parse] reads a message into a [Message], whose
// values are the same for all profiles: digits and text in ASCII, binary as it is. [Profile.Append] writes one.
//
//	message  = MTI ‖ bitmap (8 or 16 octets) ‖ fields in order
//	field    = value of a fixed length, or length ‖ value
//	DE 55    = BER-TLV: [Tags] walks over it without copying
//
// [Framing] is what stands before a message on a connection. [Profile.Answer] makes the answer to a request: its MTI, and the fields that
// are echoed; [Profile.Check] says which field is missing or must not be there, for response code 30 and DE 44.
//
// # Invariants
//
//   - what is read is written back octet for octet (but for a second bitmap without any field, which is left out), and what is written is read back value for value;
//   - a message of n octets is read in one pass and two allocations, a third if it has more than 32 fields, whatever its content; no length
//     that it claims is believed before that many octets are there;
//   - indefinite lengths, tags of more than three octets and lengths of more than two are refused;
//   - nothing remains behind a message: trailing octets are an error;
//   - errors name field and place, never a value; [Message.String] masks account numbers, tracks, PIN blocks and codes.
//
// # Threats
//
// Crafted TLV structures, bitmaps without data and overlong lengths crash or stall readers: every slice is bounded by what is there, and
// fuzzing holds it. Account numbers in logs: a message prints itself masked.
package iso8583
