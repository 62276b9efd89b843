package score_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/risk/score"
)

// TestSparedLeavesAStepUp: what some terms add beyond a step-up is taken back, by a term, and nothing else is.
func TestSparedLeavesAStepUp(t *testing.T) {
	t.Parallel()
	about := func(weight int) score.Term {
		return score.Term{Code: "presence.body", Family: score.FamilyInteraction, Side: score.Session, Weight: weight}
	}
	list := []score.Demand{{Code: "list.block", Decision: score.Block}}
	for name, c := range map[string]struct {
		base    int
		devices int
		demands []score.Demand
		want    score.Decision
		cut     bool
	}{
		"the devices tip it":          {1500, 2000, nil, score.StepUp, true},
		"a block without them":        {4000, 2000, nil, score.Block, false},
		"for the customer":            {4000, -500, nil, score.Block, false},
		"a step-up with them":         {-1500, 2000, nil, score.StepUp, false},
		"a list blocks all the same":  {1500, 2000, list, score.Block, true},
		"what they say is cut before": {1500, 90_000, nil, score.StepUp, true},
	} {
		for block := 1; block <= 1000; block++ {
			at := score.Thresholds{StepUp: block - 1, Block: block, Channel: block}
			with, without := score.Combine(c.base, []score.Term{about(c.devices)}, c.demands, at), score.Combine(c.base, nil, c.demands, at)
			r := with.Spared(without, "spared", score.FamilyInteraction)
			sum := 0
			for _, x := range r.Terms {
				sum += x.Weight
			}
			if sum != r.Sum || score.Scale(sum) != r.Score {
				t.Fatalf("%s, %d: terms of %d, sum %d, score %d", name, block, sum, r.Sum, r.Score)
			}
			if without.Score < block && r.Score >= block || without.Score >= block && r.Score != with.Score || with.Score < block && r.Score != with.Score {
				t.Fatalf("%s, %d: score %d with, %d without, %d spared", name, block, with.Score, without.Score, r.Score)
			}
		}
		at := score.Thresholds{StepUp: 250, Block: 900, Channel: 985}
		with, without := score.Combine(c.base, []score.Term{about(c.devices)}, c.demands, at), score.Combine(c.base, nil, c.demands, at)
		r := with.Spared(without, "spared", score.FamilyInteraction)
		if r.Decision != c.want || c.cut != (len(r.Terms) > len(with.Terms)) || c.cut && r.Score != 899 || r.BlockChannel && c.cut {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
