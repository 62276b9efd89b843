// Package iso8583server answers the messages of a card network or an acquirer (ISO 8583:1987) over connections that stay open.
//
// # Connections
//
// A connection carries messages behind a framing that the profile names, in both directions, many at a time: each is worked on by itself, and
// answers go out as they are ready, so nobody waits for a slower one. At most [Config.Room] are worked on at once; then reading
// stops and the network's own flow control holds the sender. A message of length zero is a heartbeat and is answered with one. Where
// [Config.SignOn] is set, a connection must sign on (0800, DE 70 = 001) before it asks for anything else. A length that is none closes the
// connection: there is no way to find the next message.
//
// # Messages
//
//	0100, 0101  authorization  [issuing.Desk.Authorize]  0110
//	0120, 0121  advice         [issuing.Desk.Advise]     0130, never a refusal
//	0400, 0401  reversal       [issuing.Desk.Reverse]    0410
//	0420, 0421  reversal       the same                  0430
//	0800        network        here                      0810
//
// What tells a message from others is its class and function, time (DE 7), number (DE 11), acquirer (DE 32) and terminal (DE 41). A reversal names
// its original by DE 90. A message that does not keep the profile is answered with the format error and the number of the field; one of a type that
// the profile does not have is dropped and counted.
//
// # Threats
//
// Who connects is known by a client certificate where the listener is a TLS one; the package takes any net.Listener. Numbers of cards and tokens are
// not logged: messages print themselves masked. An error inside is told as "nobody answers at the issuer", never as an approval.
package iso8583server
