// Package deviceserver serves the devices that people live with: sealed messages in, sealed answers out.
// docs/companions/protocol.md has the protocol, package envelope the octets and package report the bodies.
//
//	POST /companion/v1/messages   one message, one answer
//	GET  /companion/v1/keys       the keys to which devices seal
//
// # Order of checks
//
// The rate of the source; room for one more; size and form; the recipient key; the clock; the device, its rate and its
// signature; the body; then the number is taken with the effect, in one transaction (companion.Desk.Take).
//
//	failure                                     answer
//	before the message was opened               a problem in the open, with a constant text
//	unknown device, signature, state, a copy    401 envelope.refused, whatever it was
//	a body that is wrong, a refusal of a desk   a sealed answer with an error; the number is not used up
//	no room, database busy                      503 with Retry-After; nothing was kept, and the same octets may come again
//
// What events become is the business of package interaction.
//
// # Threats
//
// A gateway in between: it sees ciphertext, and can lose or delay messages, no more. Floods: the rates, the room, and bodies that are
// bounded before they are read. Guessing of device ids: 128 bits. Replays: the window. Loss: a message is acknowledged
// only when it is stored. Nothing of a body is logged.
package deviceserver
