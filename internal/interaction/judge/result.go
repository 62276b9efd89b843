package judge

import (
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Outcome is what the interactions say is to be done.
type Outcome string

// The outcomes. None of them replaces a factor: an allow says that interactions give
// no reason to ask for more.
const (
	Allow   Outcome = "allow"
	Limited Outcome = "limited" // allowed, with restrictions
	StepUp  Outcome = "step_up"
	Deny    Outcome = "deny"
	Thin    Outcome = "thin" // too little is known; the policy says what that means
)

// Limits are the restrictions of an outcome that is limited (decision DD-12).
type Limits struct {
	Amount          int64    `json:"amount" yaml:"amount"`                             // minor units, of one payment
	Daily           int64    `json:"daily" yaml:"daily"`                               // minor units, of all payments under restrictions on a civil day
	Categories      []string `json:"categories,omitempty" yaml:"categories,omitempty"` // merchant categories that are allowed; none for all
	ContactlessOnly bool     `json:"contactless_only,omitempty" yaml:"contactless_only,omitempty"`
}

// Family is the family of signals that all terms belong to.
const Family = "interaction"

// Term is one piece of evidence, and the device that it is about: 0 for none.
type Term struct {
	score.Term
	Device pattern.Number `json:"device,omitempty"`
}

// Result is a judged request.
type Result struct {
	Sum        float64 // natural log-odds for the customer: positive speaks for them
	Terms      []Term  // their weights, in thousandths and speaking against the customer, add up to -1000 * Sum
	Confidence float64 // 0 to 1: how much of the judgment the pattern carries
	Zone       Outcome // what the sum alone says: Allow, Limited, StepUp, Deny, or Thin
	Outcome    Outcome // after thin data and restrictions: Allow, Limited, StepUp or Deny
	Limits     *Limits // set when the outcome is Limited
	Over       string  // the restriction that made a Limited zone a StepUp: "amount", "daily", "category", "contactless"
}
