// Package lab serves the device lab: emulated devices drawn as the things they
// are, to be used by hand. It also draws the demo's front page.
//
// # Pages
//
//	GET  /                        the shelf: all tokens
//	GET  /tokens/{serial}         one token in the hand
//	POST /tokens/{serial}/keys    a key is pressed
//	POST /tokens/{serial}/tools   a tool of the bench: move or slow the token's clock, make codes unread
//	GET  /phones/{number}         one phone in the hand, with its text messages
//	POST /phones/{number}         its power button, or a tool: the network is good, late, or loses texts
//	POST /phones/{number}/sim     a key is pressed on what the phone's SIM shows
//	GET  /house                   a home and a day in it: who has the phone where, and what the server says
//	GET  /styleguide[/{face}]     all components of package ui, as each face draws them
//
// # What it is and is not
//
// But for the house, the lab asks no server for anything. A person reads a code off a display here and types
// it into the bank, as in life; nothing in this package imports the domain. The
// shelf is handed tokens with the secrets that the demo's factory also wrote to
// the import file. The tools of the bench act on the emulated quartz only and are
// labeled as tools: no page of the product can do what they do.
//
// Each press is written to a [Store] before it is answered, so that an event
// counter never goes back when the demo is restarted.
//
// Texts come to the phones as they come to real ones: the server hands them to a
// message center by SMPP (emulator/smscenter), which delivers them. The last line of
// a text with a code, which browsers read, stands on the screen as it came.
//
// SIM cards live in a process of their own (emulator/simcard), which the demo starts. It gets
// packets from the message center and answers there; this package sees its screens and
// presses its keys over a local HTTP interface, which gives no secret away.
//
// The house is the one thing that asks a server, and only what it would say: the demo plays the scene with the
// devices' own keys, has a payment judged, and undoes all of it ([House]). Nothing is judged here.
//
// # Works without JavaScript
//
// Every key is a submit button; the answer is the page again. htmx swaps the
// display instead, lab.js adds the computer's keyboard and the button held down,
// and the display of a token that is on is looked at every second. Keys wait for
// each other: what is swapped lies in a place that stays, for a request whose
// target is gone when its turn comes would change the token and not the page.
//
// A value on the display that a person carries elsewhere is in the page with a
// name: code, challenge, counter, clock, battery.
//
// # Threats
//
// The lab holds seeds and shows codes to whoever opens it: it is for the demo,
// which listens on loopback. package app never mounts it in serve.
package lab
