package score

import (
	"cmp"
	"math"
	"slices"
)

// Decision is what is to be done.
type Decision string

// The decisions, from lenient to strict.
const (
	Allow  Decision = "allow"
	StepUp Decision = "step-up"
	Block  Decision = "block"
)

// rank orders decisions; what is no decision counts as a step-up, so that a value
// that was damaged never allows.
func (d Decision) rank() int {
	switch d {
	case Allow:
		return 0
	case Block:
		return 2
	case StepUp:
	}
	return 1
}

// Stricter returns the stricter of two decisions.
func Stricter(a, b Decision) Decision {
	return [...]Decision{Allow, StepUp, Block}[max(a.rank(), b.rank())]
}

// Demand is a decision that must at least be taken, and why.
type Demand struct {
	Code     string   `json:"code"`
	Decision Decision `json:"decision"`
}

// Thresholds say from which score on something is done; 1 to 1000.
type Thresholds struct {
	StepUp  int `json:"step_up" yaml:"step_up"`
	Block   int `json:"block" yaml:"block"`
	Channel int `json:"block_channel" yaml:"block_channel"` // very high: the channel is blocked as well
}

// Result is a judged event.
type Result struct { //nolint:recvcheck // deciding fills it, the rest only look
	Decision     Decision     `json:"decision"`
	BlockChannel bool         `json:"block_channel,omitempty"`
	Score        int          `json:"score"` // 0–1000
	Sides        map[Side]int `json:"sides"` // of session, action and user, each with the base rate; 0–1000
	Sum          int          `json:"sum"`   // of the weights
	Terms        []Term       `json:"terms"` // heaviest first; their weights add up to Sum
	Demands      []Demand     `json:"demands,omitempty"`
	Thresholds   Thresholds   `json:"thresholds"`
}

// Combine judges evidence. base is the log-odds of a fraud before anything is
// known, in thousandths.
func Combine(base int, terms []Term, demands []Demand, t Thresholds) Result {
	all := append([]Term{{"base", FamilyBase, Base, base}}, terms...)
	r := Result{Terms: bounded(all), Demands: demands, Thresholds: t}
	r.add()
	return r
}

// add adds the terms up, and decides.
func (r *Result) add() {
	sums := map[Side]int{}
	r.Sum = 0
	for _, x := range r.Terms {
		r.Sum += x.Weight
		sums[x.Side] += x.Weight
	}
	r.Sides = map[Side]int{}
	for _, s := range []Side{Session, Action, User} {
		r.Sides[s] = Scale(sums[Base] + sums[s])
	}
	slices.SortStableFunc(r.Terms, func(a, b Term) int { return cmp.Compare(magnitude(b.Weight), magnitude(a.Weight)) })
	r.Score = Scale(r.Sum)
	r.decide()
}

func (r *Result) decide() {
	r.Decision = Allow
	switch {
	case r.Score >= r.Thresholds.Block:
		r.Decision = Block
	case r.Score >= r.Thresholds.StepUp:
		r.Decision = StepUp
	}
	r.BlockChannel = r.Score >= r.Thresholds.Channel
	for _, d := range r.Demands {
		r.Decision = Stricter(r.Decision, d.Decision)
	}
}

// Spared is the result where all terms but some lead to a step-up at most: without is the
// same event without those. Where they made it a block, a term of that code takes back what
// is too much, so the terms still add up.
func (r Result) Spared(without Result, code, family string) Result {
	if r.Score < r.Thresholds.Block || without.Score >= r.Thresholds.Block {
		return r
	}
	r.Terms = append(slices.Clone(r.Terms), Term{code, family, Session, below(r.Thresholds.Block) - r.Sum})
	r.add()
	return r
}

// below returns the largest sum whose score is below a threshold of 1 to 1000.
func below(threshold int) int {
	t := float64(threshold) - 0.5
	sum := int(math.Ceil(1000 * math.Log(t/(1000-t))))
	for Scale(sum) >= threshold {
		sum--
	}
	return sum
}

// Scale maps a sum of weights to 0–1000.
func Scale(sum int) int {
	return int(math.Round(1000 / (1 + math.Exp(-float64(sum)/1000))))
}

// Weight returns a natural log-odds in thousandths. What is not a number gives 0:
// it is no evidence.
func Weight(x float64) int {
	if math.IsNaN(x) {
		return 0
	}
	return int(math.Round(1000 * max(-100, min(100, x))))
}

func magnitude(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// Reasons returns the codes of the demands, and of the terms that speak for fraud,
// heaviest first.
func (r Result) Reasons() (codes []string) {
	for _, d := range r.Demands {
		codes = append(codes, d.Code)
	}
	for _, t := range r.Terms {
		if t.Weight > 0 && t.Family != FamilyBase && !slices.Contains(codes, t.Code) {
			codes = append(codes, t.Code)
		}
	}
	return codes
}

// CodeUnavailable is the reason of a decision that could not be made in time.
const CodeUnavailable = "engine.unavailable"

// Failed is the result when there is none: a time-out, a database that is away.
func Failed() Result {
	return Result{Decision: StepUp, Demands: []Demand{{CodeUnavailable, StepUp}}, Sides: map[Side]int{}}
}
