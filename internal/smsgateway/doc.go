// Package smsgateway hands text messages to an HTTP service, and takes its receipts:
// the alternative to SMPP, for carriers and brokers that have a JSON interface, or
// for a small program of the bank's that translates.
//
// # Out
//
// One POST for each message, signed as Standard Webhooks 1.0 says:
//
//	Webhook-Id         the message's id, the same in every attempt
//	Webhook-Timestamp  seconds since 1970, of this attempt
//	Webhook-Signature  v1,BASE64(HMAC-SHA-256(secret, id.timestamp.body))
//
//	{"type":"sms.send","timestamp":"2026-11-22T10:00:00Z",
//	 "data":{"id":"…","to":"+4791234567","body":"…","class":"code","expires_at":"2026-11-22T10:05:00Z"}}
//
// The answer says with its status what became of it:
//
//	2xx        taken; {"references":["…"]} names its parts for receipts, {} means
//	           that none will come
//	422        this number or text is refused by any gateway: given up
//	429, 503   not now; Retry-After is obeyed, up to an hour
//	others     not taken; another gateway, or later
//
// # In
//
// [Gateway.ServeHTTP] takes receipts, signed the same way with the same secret:
//
//	{"type":"sms.receipt","data":{"reference":"…","state":"delivered","code":""}}
//
// State is delivered, failed, expired or unknown. 204 means stored; 503 asks to
// repeat. Repetitions do no harm, so no list of ids is kept.
//
// # Threats
//
// A forged receipt: the signature covers id, time and body, is compared in constant
// time, and is good for five minutes around its time. A request that was reflected:
// sms.send is no receipt. An address that leads elsewhere: redirects are not
// followed, and plain http reaches this machine only. Neither numbers nor texts nor
// the address, which may hold a secret, stand in errors. The service itself sees
// numbers and codes: it is trusted like a carrier.
package smsgateway
