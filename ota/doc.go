// Package ota reads and writes secured packets, the encrypted short messages between
// a server and the SIM card in a phone: ETSI TS 102 225 ("Secured packet structure for
// UICC based applications") in the binding to short messages of 3GPP TS 31.115,
// formerly 3GPP TS 23.048 and GSM 03.48. Bytes in, values out, for both sides: it has no
// clock, keeps no counter and sends nothing.
//
// # What is here
//
//	command packets    Command.Pack, ParseCommand, CommandPacket.Open      TS 102 225, section 5.1
//	response packets   Response.Pack, ParseResponse, ResponsePacket.Open   section 5.2
//	what protects them SPI, Indicator, Security, Keys                      sections 5.1.1 to 5.1.3
//	status of answers  Status                                              section 5.2.1
//	counters           SPI.Check                                           section 5.1.4
//	checksums          CRC-16, CRC-32, 3DES-MAC, AES-CMAC (RFC 4493)       section 5.1.3, annex B
//	short messages     Segments, ParseSegment, Assemble                    TS 31.115, section 4; TS 23.040, section 9.2.3.24
//	what is refused    Security.Refused, Algorithm.Weak
//
// Texts on a card's screen are those of package ota/applet; their alphabets are in
// package smpp.
//
// # A command packet
//
//	CPL 2 | CHL 1 | SPI 2 | KIc 1 | KID 1 | TAR 3 ‖ CNTR 5 | PCNTR 1 | RC/CC 0, 2, 4, 8 | data | padding
//
// Everything behind ‖ is ciphered. The checksum is that of CPL to PCNTR, and of the data with
// their padding as it was received: the value of padding octets is free.
//
// # A response packet
//
//	RPL 2 | RHL 1 | TAR 3 ‖ CNTR 5 | PCNTR 1 | status 1 | RC/CC 0, 2, 4, 8 | data | padding
//
// The second octet of the command's SPI says how it is protected. Its checksum begins with the
// octets 02 71 00, the user data header of a response in one short message, also when
// it needed several.
//
// # Strictness
//
// Lengths are exact, reserved bits are 0, and a packet with more behind it is none.
// Settings that were broken long ago (DES, ECB, checksums without a key, nothing at all) can be
// read, for diagnosis and for the published vectors; [Security.Refused] names what neither side
// may send nor accept.
//
// # Threats
//
// Whoever sends short messages can forge the sender's number; only the checksum
// proves anything. A response that is not protected ([ResponsePacket.Unprotected]) is
// a hint for the operator: an attacker can make one. Signed errors of cards with DES have
// given away their keys (SRLabs, 2013), and applications that ask for no protection
// were remote controls (Simjacker, 2019): therefore Refused. Checksums are compared in
// constant time. [Keys] hide themselves from every print.
package ota
