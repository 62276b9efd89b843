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
// policies of which any one will do. It may have several such lists, its ways, among
// which the customer chooses by what they show first.
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
// [Diff] says what differs between two versions, by meaning.
//
// # Four eyes
//
// A set says which acts need a second member of staff ([FourEyes]). The door of
// each such act asks [FourEyes.Direct], which refuses it to one person; package
// foureyes has the way by proposal and approval. Activation guards itself: where
// the version in force wants four eyes for activations, or the next one relaxes
// them ([FourEyes.Relaxes]), Activate refuses, and ActivateIn is what an approved
// proposal carries out. Else whoever may activate could switch four eyes off
// first. A node decides by the set that it has in force, which is at most a second
// old; activation decides by the one in the database.
//
// Tables: policy_version, policy_active.
package policy
