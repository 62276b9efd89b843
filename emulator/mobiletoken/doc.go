// Package mobiletoken emulates a token in an app on a phone: it is provisioned over
// HTTP by the standard protocol, from a code that a person types or from a trigger,
// and computes secure codes and approvals. It is the honest other side of a server's
// DSKPP support, and shows how a bank's app is to use packages dskpp and oath. It
// imports nothing else of ours.
//
// # Parts
//
//	App      what is installed: its HTTP client and its Tokens, plain JSON
//	Token    one key and what its codes look like; the key is under the PIN
//	Line     the token protocol (docs/mobile): inbox, approvals, administration
//	Content  what is shown and signed; ReadPicture verifies one off a screen
//
// # Provisioning
//
//	Enroll   URL + typed code  -> Token     errors of typing are found before anything is sent
//	Follow   trigger           -> Token     repeats device and key of the trigger
//	Activate server + code     -> Token     all of it: description, Enroll, first code, key of the phone
//
// A request whose answer was lost is sent again, octet by octet the same, three
// times in all. Nothing is stored before the server's MACs have verified; a token
// that is replaced goes in the same moment, and stays if anything fails.
//
// # The PIN
//
// The key is encrypted under the PIN with a cipher that has no check of its own
// (PBKDF2-HMAC-SHA256, AES-CTR): a wrong PIN gives a wrong key and a wrong code, and
// only the server can tell. So whoever steals the storage cannot try PINs without
// asking the server, which counts. On a real phone the storage lies in the
// platform's key store besides.
//
// # Not protected
//
// The emulator's memory, and the counter of an event-based key in its storage.
package mobiletoken
