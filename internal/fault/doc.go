// Package fault is the one error type that crosses package borders.
//
// A fault has a [Kind] (one of seven), a stable code that programs may compare
// ("token.unknown_serial"), a detail written for whoever called us, and a
// wrapped cause that is meant for the log alone. Every adapter has exactly one
// total mapping from Kind to its protocol: problem+json, a DSKPP status, an
// ISO 8583 response code, an HTML page.
//
// A wrong code, a spent counter or a blocked authenticator is an outcome, not a
// fault: it is returned by value.
//
// Threats: the detail is shown to callers, so it must never repeat a secret or
// what a person typed as one; the cause may name internals, so no adapter shows
// it.
package fault
