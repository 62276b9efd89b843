// Package smppclient hands text messages to a message center by SMPP 3.4: it is a
// sms.Gateway. The protocol itself is package smpp.
//
// # A session
//
//	closed ──dial──► open ──bind_transceiver──► bound ──submit_sm, deliver_sm──► bound
//	   ▲                │ refused                 │ unbind, connection lost,
//	   └──── wait ◄─────┴─────────────────────────┘ enquire_link not answered
//
// [Client.Run] keeps as many sessions as the carrier allows; for a center that knows no
// transceivers (Separate), as many transmitters, and one receiver for the receipts. What
// a session that only receives says of the center keeps nobody from sending. Waits between
// attempts double from a second to a minute, with jitter; a session that was bound
// begins anew at a second. When Run is told to stop it takes no more messages,
// lets the requests under way finish, and unbinds.
//
// At most Window submit_sm of a session are unanswered at a time. A request that
// is not answered in time has failed, though the center may have it: the message
// will come twice rather than never. An unanswered request has the link asked
// after (enquire_link), as does silence; a link that does not answer is cut.
//
// # Throttling
//
// ESME_RTHROTTLED and ESME_RMSGQFUL make the whole client pause: half a second,
// doubling with each further refusal up to half a minute, ending with the first
// message that is taken. During a pause Submit fails at once and says when to come
// again: so another gateway can take the message, and no worker sleeps.
//
// # Receipts
//
// Receipts go to the Receiver before they are acknowledged. When they cannot be
// stored, the center is told so (ESME_RX_T_APPN) and repeats them. Centers that
// write ids in two bases are described by IDs.
//
// # Packets of SIM cards
//
// It is a sim.Bearer besides: packets go as class 2 short messages (protocol_id 7F, data_coding F6, with a
// user data header) from an address of their own, Cards, and what comes to this address goes to the
// messaging server before it is acknowledged. So do the receipts of what went from it, if the center
// marks them as such (esm_class, receipted_message_id): a text that looks like a receipt, any phone can
// write. TextReceipts lifts that for centers that mark none. Addresses are compared and handed over in one form,
// whatever sign, zeros or type of number the center writes them with; CountryCode reads national ones. What looks
// like an answer and is for another address is counted (Misled), and told once in the log.
//
// # Threats
//
// SMPP has no encryption and a password of 8 characters: give TLS, or have a
// private line. Errors and logs name gateway, command and status; never a number
// or a text. A center that sends rubbish loses its session, not the node: frames
// are bounded, receipts are handled by at most 32 at once.
package smppclient
