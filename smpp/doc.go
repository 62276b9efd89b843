// Package smpp reads and writes SMPP 3.4 ("Short Message Peer to Peer Protocol
// Specification v3.4", issue 1.2), the protocol of short message centers, for
// both sides. Bytes in, values out: it opens no connection and has no clock.
//
// # What is here
//
//	PDUs            Parse, PDU.Append, Read       sections 3.2, 4, 5.1
//	bind (3 kinds), submit_sm, deliver_sm, enquire_link, unbind, generic_nack and
//	their responses; optional parameters (TLVs) in the order in which they came.
//	Commands that are not known keep their body as it is.
//	times           Relative, ParseTime           section 7.1.1
//	alphabets       EncodeGSM, DecodeGSM          3GPP TS 23.038, sections 6.2.1 and 6.2.1.1
//	                Message.Text                  data_coding, section 5.2.19
//	long texts      Split, Join, Message.Segment  3GPP TS 23.040, section 9.2.3.24; sar_* TLVs
//	receipts        Message.Receipt               appendix B, and what centers make of it
//	message ids     IDForm                        hexadecimal in one place, decimal in another
//
// # Strictness
//
// What frames and ends the fields is read strictly: lengths, terminators, the
// maximal lengths of the specification. So Parse and Append are inverse: what
// Parse accepts, Append writes byte for byte, and a fuzz target proves it. What
// centers are known to vary is read leniently: receipts, which were never
// specified ("vendor specific"), in all the shapes that were seen.
//
// A response whose status is not 0 may come without its body (section 4.4.2);
// its Body is nil.
//
// # Threats
//
// Everything is in the clear, a password of 8 characters included: use TLS or a
// private line. A peer that announces a huge PDU is refused before memory is
// taken (MaxPDU). Parts of long texts that never become whole are bounded by
// Join's caller.
package smpp
