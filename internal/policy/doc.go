// Package policy holds what the security officer decides: how each
// authentication policy counts and checks, which policies a purpose on a
// channel asks for (journeys), which token models the bank hands out, and how
// long activation codes live.
//
// All of it together is one [Set], an immutable version. Version 0 is embedded
// in the program and is in force until another one is activated. A set is
// written as YAML, unknown keys are errors, and [Parse] reports every mistake
// at once.
//
// # Words
//
// A policy is a template ("secure code from a hardware token: five failures,
// then fifteen minutes"); an authenticator is a policy held by a customer and
// carries the counters. A journey is a list of steps; each step names the
// policies of which any one will do.
//
// # Versions
//
// policy_version holds the documents by number with their SHA-256; the single
// row of policy_active names the one in force. Activation is one
// compare-and-swap on that row and leaves an audit record. Every node reloads
// within a second, and every outcome names the version that it was decided
// under.
//
//	state     how                         next
//	stored    Store (immutable)           active, by Activate(from, to)
//	active    named by policy_active      stored, when another is activated
//
// Tables: policy_version, policy_active.
package policy
