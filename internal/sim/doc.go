// Package sim is the messaging server: it knows the SIM cards whose keys the bank has, sends
// secured packets (package ota) to the signature application on them, and takes their
// answers. What a packet asks and what is answered is the business of its Handler.
//
// # A card
//
//	stock ──Assign──► active ⇄ suspended
//	  │                  │        │
//	  └──────────────────┴────────┴──Retire, or Move of its number──► retired (keys destroyed)
//
// A number belongs to one card at a time; cards come in files of their maker ([Desk.ImportFile]). While an import
// runs its cards are there, batch by batch, and seen by nothing: their import is open. One change of its state shows them all; an
// import that fails, or stands still for five minutes, is dropped with its cards.
//
// # A message
//
//	Send ──► waiting ──a center has it──► sent ──receipt──► delivered
//	            │                           │                  │
//	            │                           ├───── 08 ─────────┴──► acknowledged
//	            │                           │                            │
//	            │                           └──answer under checksum─────┴──► answered
//	            ├──refused by every center, card gone──► failed  ◄── receipt: given up
//	            └──time over──► expired  ◄── time over, from each state before
//
// Acknowledged comes from waiting as well, when the card is quicker than the center that
// served it, and answered from each state that is open: answers overtake
// each other. What has ended does not change.
//
// # Counters
//
// Send takes the counter, makes the packet and stores it, with the row in the outbox, in one
// transaction, before anything leaves (TS 102 225, section 5.1.4). A packet that is tried again is the
// same packet, octet for octet. So a counter stands in one packet at most, whatever
// crashes. A database that was restored from a backup moves its counters up ([Desk.Restored])
// beyond what can have been sent since. A message that got lost leaves a gap, which cards allow.
//
// A card takes no counter below one that it has seen: a packet that is overtaken is lost. The outbox knows
// no order, so whoever hands a packet over hands over first what waits for the card with a lower counter. On one
// node this is one at a time for each card; of two nodes both may send the packet in between, of which
// the card takes one.
//
// # Answers
//
// The parts of an answer are stored as they come, on any node in any order; the node that
// finds them whole opens them. An answer belongs to the message of the same number, TAR, key
// set and counter, and is believed for its checksum alone: senders' numbers can be forged. Every
// answer is taken once: state and Handler change in one transaction, by compare-and-swap, before the
// center is told that it came. Without protection an error is a hint for the log. The status
// "counter low" ends nothing at once, even under checksum: centers deliver twice, and the card
// answers so to the second copy while its owner looks at the first. If no acknowledgement follows within
// half a minute, the card is ahead of our counter, and the message ends with a reason of its own
// ([Behind]); [Desk.Raise] moves the counter up. The statuses "by SMS" and "by USSD" are no answers:
// these follow.
//
// # Receipts
//
// A receipt is what a network says. It ends only what the card has not acknowledged, and only the message
// that the center named before, or, if the receipt overtook the center's answer, one that is older than the
// receipt. A receipt of an unknown reference is forgotten after five minutes; a reference that is used again
// means the newer message. That phones cannot write receipts is the bearer's business.
//
// # Invariants
//
//   - no two packets of a key set have the same counter, by any number of nodes, across crash,
//     restart and restore;
//   - a packet of a transaction that failed is never sent, and none after its validity;
//   - nothing but a checksum of the card's key moves a message to acknowledged or answered;
//   - the Handler hears Answered or Lost of a message, once;
//   - no part is kept of a number without an open message, nor of what is no binary message.
//
// # Tables
//
// sim_card, sim_key_set, sim_import, sim_message, sim_receipt, sim_part. A number is sealed (label
// "sim.msisdn", the card's id) and found by a keyed hash; the keys of a set are sealed (label "sim.keys").
// Packets stand as they go through the network: ciphered. A message is forgotten 90 days after its
// end. Records: sim.imported, sim.assigned, sim.moved, sim.suspended, sim.resumed, sim.retired, sim.raised,
// sim.sent, sim.ended; never with a number or a key.
//
// # Threats
//
// Forged senders: see above; forged parts stand beside the true ones, and a bounded number of
// combinations is tried, by age, so that neither what came before the true parts nor what came behind
// them hides them by itself. Floods of parts: nothing is kept of strangers; of a number with an open message 64
// parts, and what goes first is what has no other parts, then the number with the most variants; of all numbers together
// about 50,000, of which the numbers with the most lose theirs first. A part, forged or true, costs at most 33 checksums for each key set
// that was asked. Whoever
// can send hundreds of messages in the name of a phone, before and behind each part, can still keep an answer
// away; the message expires then. Floods of hints: the log has one line a minute of a number. Replayed answers: the
// compare-and-swap. Replayed commands: the card's counter. Guessed answers: 8 octets of
// checksum. A stolen database: the keys are sealed. Weak settings: [ota.Security.Refused] is
// asked before every packet, and the import refuses algorithms other than AES and 3DES, and keys that are constant
// or make 3DES no more than DES ([ota.Algorithm.Weak]).
package sim
