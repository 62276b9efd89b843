// Package pushclient wakes phones by Web Push (RFC 8030, RFC 8291, RFC 8292): it delivers the outbox's
// messages of the kind "prompt.push", which a prompt leaves, to the push services where a
// customer's tokens have subscribed. The protocol is package webpush, what is bound package push.
//
// # Two steps
//
//	prompt.push ──► one push.send for each subscription of tokens that may answer ──► POST
//
// Each phone is tried by itself: one that cannot be reached does not have the others woken twice. The
// second messages are put in the transaction that takes the first one off, so a node that
// dies loses none.
//
// # What is sent
//
//	POST <endpoint>
//	Authorization     vapid t=…, k=…   ES256 by the key of ours that the subscription was made under
//	Content-Encoding  aes128gcm        {"t":"prompt"}, and nothing else: the phone fetches its inbox;
//	                                   {"t":"letters"} to a device for which letters wait
//	TTL               what is left of the prompt's life, in whole seconds
//	Urgency           high             a person waits; normal for letters
//	Topic             hash of the prompt: one push of it at a time waits at the push service
//
// # What becomes of an answer
//
//	2xx                     taken; whether the phone shows it nobody knows
//	404, 410                the binding is gone (RFC 8030, section 7.3)
//	429, 5xx, no answer     again, when the outbox says or Retry-After, but never beyond
//	                        the prompt's life
//	connection not allowed  given up, and so any other answer, such as a refused key
//
// A push that would come too late is not sent: the phone would show a request that is over. None
// of these leaves a dead message: nothing depends on a push, and what went wrong stands in
// the binding's health and in the counters.
//
// # Threats
//
// A phone that names an address inside: package push has the list of hosts, and reach checks what
// they resolve to, for every connection. Redirects are not followed, answers are bounded in
// bytes and time, and nothing of them is used but status and Retry-After. TLS 1.2 or newer;
// plain HTTP only to this machine. An endpoint is a secret: errors, logs and metrics name
// the host at most. One push service that hangs: each attempt is bounded, and so is
// how many are under way (Config.AtOnce), so that text messages and webhooks have workers left.
package pushclient
