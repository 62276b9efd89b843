// Package envelope seals what devices report to the server: one message from a device and one
// answer to it, without a handshake before. What stands between the two, such as a
// gateway of a mobile application platform, sees who sends and how much, and nothing of what is said.
//
// It stands in for a protocol such as OPACITY, with HPKE (RFC 9180) in base mode and a
// signature of the device: docs/companions/protocol.md says why, and has the octets for those who build
// devices.
//
//	header = "CSE" 01 ‖ suite ‖ scheme ‖ recipient key id (8) ‖ device id (16) ‖ epoch (4) ‖ seq (8) ‖ sent at (8) ‖ kind
//	enc ‖ ct = HPKE.Seal(recipient key, "countersign/v1" ‖ kind ‖ recipient key id, aad = header, padded body)
//	sig = Sign(device key, "countersign/v1 sig" ‖ header ‖ enc ‖ ct)
//	message = header ‖ enc ‖ ct ‖ sig
//
//	head = "CSA" 01 ‖ suite
//	secret = Export("countersign/v1 answer secret", 32) of the message's HPKE context
//	answer = head ‖ HPKE.Seal(device's key, "countersign/v1 answer" ‖ secret, aad = head ‖ SHA-256(message), padded body)
//
// Numbers are big-endian. A body is padded with 80 00 … to a step of 256 octets.
//
// # How a server reads
//
// [Parse]; the recipient key by its id; [Header.Timing]; the device's registered key and [Message.Verify]; the replay
// [Window] of device and epoch; [Message.Open]; act, and store the window with the effect. A message that enrolls
// carries the key that signed it, so it is opened first.
//
// # Invariants
//
//   - a message has one form: no octet can be changed, added or taken away, and it still verifies (ECDSA: the lower s
//     of the two that verify);
//   - an answer opens for the device that asked, for this message, and only when whoever answered could open the message;
//   - the scheme that signed is a part of what is signed, and the server compares it with what the device registered.
//
// # Threats
//
// Replay: [Window]. A stolen private key of the recipient opens recordings of its time: keys rotate in days
// and old ones are deleted; there is no more forward secrecy than that. A recording that is kept until there
// are quantum computers: the suite [Hybrid] is the default. Lengths: steps of 256. Times and who
// sends: open; the device id is a pseudonym that the server assigned.
package envelope
