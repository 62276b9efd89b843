// Package smscenter is a short message center with its telephone network: an SMPP
// 3.4 server that delivers to emulated phones. It serves tests, the demo and
// integrators who have no center at hand, and behaves as badly as real ones.
//
// # A message
//
//	submit_sm ──► Fate ──► refused (any status), or swallowed without an answer
//	                └────► taken ──► dropped, or held while the phone is off
//	                           └───► phone's inbox (once or more) ──► receipt
//
// [Center.Always] sets the fate of all messages, [Center.Next] that of the next
// ones. A fate can delay, drop, duplicate, throttle, cut the connection, and send
// the receipt before the response. Receipts have the shapes that centers have
// ([Shape]); ids can be written in two bases ([smpp.IDForm]). A message whose validity
// period ends before its phone is on gets the receipt EXPIRED.
//
// Receipts of an account wait until one of its receivers is bound, and are repeated
// after a session was lost before it acknowledged them, or when it asked for that
// (ESME_RX_T_APPN): at least once, as with real centers.
//
// # Phones
//
// Every number is a phone that is on, until [Center.Switch] or [Center.Remove] says
// otherwise. Parts of long texts are joined on the phone; [Center.Inbox] shows whole
// texts, [Center.Wait] waits for them.
//
// # Accounts at the other end
//
// An address can belong to an account instead of a phone ([Center.Route]): an application
// behind a short code. The SIM of a number can ([Center.SIM]): then what is meant for it (SIM
// data download, 3GPP TS 23.040, section 9.2.3.9: PID 7F, with a data coding of class 2) goes
// to the account as deliver_sm, and texts stay on the phone. Whoever submits from such an
// account answers like a phone does. The receipt of a message that is handed on says DELIVRD
// once the account has acknowledged it, and EXPIRED when none was bound in time.
//
// # Not here
//
// Costs, networks, roaming; query_sm, cancel_sm, replace_sm, data_sm, submit_multi and
// outbind are answered with generic_nack. Everything is in memory. There is no
// encryption unless the listener brings it.
package smscenter
