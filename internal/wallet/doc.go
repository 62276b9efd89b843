// Package wallet puts payment credentials on devices: it answers what a customer's phone asks about tokens, and keeps letters for
// devices until they have a connection.
//
// # A token on several devices
//
// [Desk.Add] issues a token for a primary device, to be used together with one to eight secondaries of its owner. What they do is the portfolio's
// word (vault.Profile):
//
//	assist      primary                                    secondary
//	storage     shared key, sealed number and sealed key   its identifier, a secret (hardened), sealed parts that lie there
//	encryption  number, K1, K3, K4                         K2, K3, K4
//
// With storage, number and key are sealed under keys of which the data of the secondaries are a part (cryptogram.KEK); how several
// are combined, and where what is sealed lies, the primary chooses. With encryption the limited-use key is split (cryptogram.Split).
//
// # Delivery
//
// A secondary that speaks to the server itself gets its part as a letter, and the primary never sees it. For one that can keep something, but speaks
// to the primary alone, the primary carries it and forgets it. One that keeps nothing gives its identifier only.
//
//	Add     set    the token is inactive until
//	Hold           the primary has stored it
//	Renew   key    the next key, against the log of what was paid with the last
//	Post    letters, again and again until the device says that it had them
//
// # Renewal
//
// A primary counts its renewals (vault.Desk.RenewIn), and says which counters it ever used. A right cryptogram that the server saw since the last renewal and
// the primary does not know was made by a copy, whatever became of it: the token is suspended and nothing is given out. Where the bank's side sees a key wear
// out first, [Desk.Low] leaves a letter.
//
// # An absent device
//
// With a PIN that was chosen together with the token the server stands in for the secondaries: it answers the first intermediate
// cryptogram ([Desk.StandIn]), or gives their data ([Desk.Release]). Five wrong PINs end that for the token. Payments with a key for which the server
// stood in do not count as made together with the other device ([Contributed]).
//
// # Tables
//
//	wallet_set     what a token was made with: sealed
//	wallet_peer    which devices take part
//	wallet_stood   with which keys the server stood in
//	wallet_letter  what waits for devices: sealed
//
// Limited-use keys and shares are derived again whenever they are needed, and stored nowhere.
//
// # Threats
//
// A stolen primary: it has no key without the other device or the PIN. A stolen secondary: it has no number, and half a key. Both: the
// owner's word ends the token (the registry tells [Desk.Moved]). A fresh device gets nothing: neither as a primary nor as a
// secondary. Whoever has a primary in hand could ask it for one token more, with a PIN of their own: where the portfolio wants it (vault.Profile) a new token waits for its owner's
// approval, given elsewhere, and the owner is told of each ([Added]). A copy of the primary: see renewal; package companion finds it by its epoch, too. A restored database knows fewer renewals than
// a device: the device is refused and asks for a new token.
package wallet
