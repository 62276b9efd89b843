// Package ident makes and reads identifiers, and reads what people type.
//
// An [ID] has 128 bits: 48 bits of UTC milliseconds, then 74 random bits in the
// layout of UUID version 7 (RFC 9562, section 5.7), so that rows made together
// lie together. Its text form is 26 characters of Crockford's base 32 in lower
// case: no hyphens, no letters that look alike, sorts like the bytes. IDs name
// things; they are no secrets and prove nothing.
//
// [Derive] gives an ID that is a function of its parts: two requests with the
// same idempotency key meet on the same primary key.
//
// [Code] is for the strings that people copy by hand (activation codes): groups of
// Crockford base 32 with check characters that catch every single substitution and
// every swap of neighbors, so that a slip is told from a wrong code without
// spending an attempt.
package ident
