// Package simcard is an honest emulation of a SIM card with Countersign's signature
// application, and of the phone around it: for tests, the demo, and integrators who
// have no cards at hand. It speaks secured packets (package ota), the application's
// messages (package ota/applet) and SMPP, and nothing else.
//
// # What makes it honest
//
// It is reached by short messages only, keeps its own copy of the keys and its own
// counters, decodes the packets that a card gets, makes its key pairs itself and
// signs what it showed and nothing else, after the PIN was typed for this request.
// There is no message, no command of the command line and no request of its HTTP
// interface that yields a private key, a PIN or a PUK; a test looks for them in all
// that is sent and stored. It says what it is: software. Its certificates have to carry
// a policy that says so, for a signature proves possession of a key and not where
// that key lives.
//
// # Packets
//
//	packet ──► keys, checksum, counter ──► status 01…0A                      refused
//	              │ counter stored
//	              └──► command ──► 00 with the answer                        at once
//	                        └────► 08, a dialog, then 00 with the answer     by a person
//
// The counter is stored before anything is answered or shown; if it cannot be, there
// is no answer, as from a card that lost its power. Less than checksum, cipher and a
// counter that is checked is refused with 0A. What the card could authenticate it
// answers under the keys, anything else without protection and without data.
//
// # Dialogs
//
// There is one at a time; other requests get "busy". A [Screen] says what is shown and
// which keys can be pressed; [Card.Press] presses one.
//
//	Generate   consent ─► control ─► new PIN ─► repeat ─► key pair, answer
//	Sign       consent ─► control ─► PIN ─► signature, answer
//	Unblock    consent ─► PUK ─► new PIN ─► repeat ─► answer
//	Show       message ─► read          (without flag Acknowledge no dialog: a message that stays)
//
// "control" is left out, or shown with the consent, chosen out of three, or typed, as the
// command says. Every dialog ends by its answer, by the end of its time, or by Cancel, after which
// the command has no answer of its own. A restart is a phone that was switched off: the dialog
// is gone and its command is answered no more.
//
// # What is stored
//
// A private key lies sealed under a random key, which lies sealed twice: under the PIN, and
// to a public key whose private half follows from the PUK. So the card needs no PUK to make a
// key, and stores neither PIN nor PUK. Tries are counted in the store before a PIN or PUK is
// tried. PBKDF2 slows a thief of the file down, but a PIN has few digits: it is the chip that
// protects a real card's key, and here is none.
package simcard
