package evaluation

import (
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// Baseline is the set method alone.
type Baseline struct{ s *sets }

// NewBaseline returns an empty one.
func NewBaseline() Baseline { return Baseline{newSets()} }

// Learn takes a report in.
func (b Baseline) Learn(e household.Event) { b.s.learn(&e) }

// Score judges a moment.
func (b Baseline) Score(m household.Moment) float64 {
	return b.s.score(&m, 0, judge.Usual().Window)
}
