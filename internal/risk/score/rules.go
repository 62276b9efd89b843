package score

// Rules are the bank's explicit rules, ready to be asked. They are immutable and
// safe for concurrent use. Package rule has those written in CEL.
type Rules interface {
	// Evaluate asks the rules that are in force for such an event.
	Evaluate(f *Facts) Verdict
	// Settings returns what a document says besides its rules.
	Settings() Settings
}

// Settings are what a document of rules says besides its rules.
type Settings struct {
	Base       int // log-odds of a fraud before anything is known, in thousandths
	Thresholds Thresholds
}

// Failure is a rule that could not be evaluated; it has not fired.
type Failure struct {
	Code string `json:"code"` // of the rule
	Why  string `json:"why"`
}

// Verdict is what the rules say of an event.
type Verdict struct {
	Terms    []Term
	Demands  []Demand
	Shadow   []string  // codes of rules in the shadow that would have fired
	Failures []Failure // rules that could not be evaluated
}
