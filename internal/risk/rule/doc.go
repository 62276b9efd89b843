// Package rule holds the bank's explicit rules: conditions in CEL (the Common
// Expression Language, cel.dev) over the facts of an event, each with a weight in
// log-odds.
//
// # Documents
//
// A document in YAML has the thresholds, the base rate and the rules; [Parse] checks
// all of it and compiles every condition, and tells each mistake with its place. A
// document that was parsed is immutable. [Preset] gives those that come with the
// program: balanced, strict and lenient.
//
//	base: -3.5                     # log-odds of a fraud before anything is known
//	thresholds: {step_up: 250, block: 900, block_channel: 985}
//	rules:
//	  - code: travel.impossible    # the reason code
//	    text: Two places in less time than a plane needs
//	    when: place.speed > 800.0
//	    weight: high               # low 0.5, medium 1, high 2, extreme 2.5, none 0, trust -1, or a number
//	    family: place              # whose bound it shares
//	    on: [session]              # kinds of events; all when missing
//	    at_least: step-up          # whatever the score is; optional
//	    shadow: true               # is judged and counted, and changes nothing
//	    schedule: {days: [sat, sun], hours: 22-6, from: 2026-12-01, until: 2027-01-15}
//
// # What a condition can do
//
// It reads variables ([Variables]) and gives true or false. It has no loops but
// those over the lists of signals and hits, which are bounded, and its worst case is
// computed when it is compiled: a condition that could cost more than [MaxCost] is
// refused. So a rule cannot hold up a decision.
//
// A condition that fails when it is evaluated, as by a division by zero, does not
// fire, and is reported ([score.Failure]) with the decision: it neither blocks everybody
// nor passes in silence.
//
// # Threats
//
// Whoever writes rules decides over payments: documents are activated by four eyes
// in package risk. A rule that fires for everybody shows in the dry run; one that
// nobody tried can run in the shadow first.
package rule
