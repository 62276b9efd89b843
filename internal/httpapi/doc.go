// Package httpapi is the JSON API of the bank's applications: it translates HTTP
// to use cases of the domain and their faults back. It holds no SQL and no rules.
//
// # One table
//
// Every operation is one value: its address, scopes, request and answer types,
// examples and the function that carries it out. [New] turns the table into a
// handler and into the OpenAPI 3.1 document at /openapi.json, so neither can have
// what the other lacks. The page at /docs is drawn from that document.
//
// # A request's way
//
//	1 name    X-Request-Id is taken over or made; it is in the log and in every problem
//	2 bound   rate of the source address
//	3 client  bearer token, verified in memory; then the rate of the client
//	4 scope   all scopes that the operation needs
//	5 read    strictly: known fields once each, exact names, right types, bounded sizes
//	6 repeat  an Idempotency-Key that was seen gets the answer that it got
//	7 act     the use case; the client is the actor
//	8 answer  JSON, or a problem (RFC 9457)
//
// # Requests
//
// The decoder (strict.go) is ours because the standard one takes "CODE" for
// "code", the last of two equal names, and null for anything; and because it
// says where a mistake is as a JSON pointer. The same struct tags make the schema in
// the document and the checks, so the document does not promise what is not kept.
//
// # Answers
//
// An outcome is not an error: a refused code is an answer of status 200 or 201
// with "accepted": false. Why it was refused is told to clients with the scope
// authentications:reason only. For a wrong code, an unknown customer and a blocked
// one status, headers and body are the same but for handle and times (invariant
// 4, SCA-06, SCA-61).
//
// Faults map to a status by one total table over fault.Kind (problem.go). What the
// adapter itself refuses (no such address, too large, no credentials) has statuses
// of its own.
//
// # Idempotency
//
// Creating calls take the header Idempotency-Key. Authentications and their steps
// hand it to the hub, which keeps it in the row at no further cost; all others
// keep the answer with client.Answers, sealed, for a day.
//
// # The probe
//
// Two addresses stand beside the table (probe.go): browsers get the probe's script from
// one and report to the other, through paths of the bank's own. They need no token, have
// a rate of their own, and are answered alike whatever comes.
//
// # Threats
//
// Enumeration of customers, serial numbers and handles: uniform answers; serial
// numbers and customers are looked up by scoped clients only. Secrets in
// addresses: codes, keys, phone numbers and names travel in bodies only. Secrets
// in logs: the access log has the operation's name, not its address or body.
// Floods: rates, body limits, bounded depth and numbers of fields. Browsers: the
// API knows no cookies, allows no cross-origin use, and is never cached.
package httpapi
