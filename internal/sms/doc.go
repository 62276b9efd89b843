// Package sms sends text messages to customers' phones and knows what became of
// them.
//
// # How
//
// [Desk.Send] writes the message in the caller's transaction and leaves its id in
// the outbox. After the commit the outbox calls [Desk.Hand], which asks the
// gateways ([Gateway]: SMPP or HTTP, adapters both) in their order until one takes
// it; that one did is stored in the transaction of the outbox's outcome. From then on the network's receipts ([Desk.Receive]) drive the state.
//
//	Send ──► waiting ──a gateway took it──► sent ──receipts of all parts──► delivered
//	            │ ▲                           ├──one part given up────────► failed
//	            │ │ Retry                     ├──one part too late────────► expired
//	            │ └──── dead                  └──no receipt for a day─────► unknown
//	            ├──────► dead      refused for good, or too many attempts     │
//	            └──────► expired   its time ran out here                      └─► any of the
//	                                                                   above, by a late receipt
//
// A dead message that staff give up for good ([Desk.Discard]) has failed, and its body
// is gone.
//
// A message of several parts has a row for each. Row and receipt meet on the key
// (gateway, reference) with one upsert from either side, so that it does not
// matter which comes first: phones are sometimes quicker than the answer of the
// center that served them. References are compared in the form that the gateway's
// adapter gives both: centers write one number now in hexadecimal, now in decimal.
//
// # Invariants
//
//   - a message of a transaction that failed is never sent;
//   - a message is handed over at least once, and again only when a node died or
//     an answer was lost between the gateway's taking it and our storing that;
//   - no message is handed over after it expired, and the network is told the rest
//     of its life as validity period;
//   - of several messages with one class and dedupe key one is sent;
//   - a state that says what happened (delivered, failed, expired) does not change
//     any more, whatever the network repeats; only a late receipt improves unknown;
//   - the body is gone once a gateway has it, or once it cannot be sent any more.
//
// # Tables
//
// sms, sms_part. Number and body are sealed (labels "sms.phone", "sms.body", the
// message's id). A row is forgotten 90 days after its end. Records: sms.sent,
// sms.ended; without number and body.
//
// sms_budget, sms_alarm: what [Budget] counts, by windows, and the prefixes that it watches.
// A number and an address stand there as keyed hashes. Records: sms.alarm, sms.cut_off,
// sms.cut_off_lifted.
//
// # Threats
//
// A reader of the database or of the console: [Message] has no field for the body
// and masks the number. A forged receipt changes only what is shown of delivery; no
// decision of authentication rests on it. A center that floods us with receipts
// for unknown parts costs a row each, which is forgotten after a day. Floods of
// messages are the business of [Budget], in front of Send: of codes, for notices are few.
package sms
