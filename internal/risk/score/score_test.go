package score_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/risk/score"
)

var thresholds = score.Thresholds{StepUp: 300, Block: 900, Channel: 980}

func terms() *rapid.Generator[[]score.Term] {
	one := rapid.Custom(func(t *rapid.T) score.Term {
		return score.Term{
			Code: rapid.StringMatching(`[a-c]`).Draw(t, "code"), Family: rapid.SampledFrom(score.Families()).Draw(t, "family"),
			Side: rapid.SampledFrom([]score.Side{score.Session, score.Action, score.User}).Draw(t, "side"), Weight: rapid.IntRange(-6000, 6000).Draw(t, "weight"),
		}
	})
	return rapid.SliceOfN(one, 0, 30)
}

func TestEveryScoreIsTheSumOfItsTerms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := score.Combine(rapid.IntRange(-5000, 0).Draw(t, "base"), terms().Draw(t, "terms"), nil, thresholds)
		sum, family := 0, map[string]int{}
		for _, x := range r.Terms {
			sum += x.Weight
			family[x.Family] += x.Weight
		}
		if sum != r.Sum || r.Score != score.Scale(sum) || r.Score < 0 || r.Score > 1000 {
			t.Fatalf("score %d, sum %d, terms add up to %d", r.Score, r.Sum, sum)
		}
		for name, n := range family {
			if bound := map[bool]int{true: score.ListBound, false: score.Bound}[name == score.FamilyList || name == score.FamilyBase]; n > bound || n < -bound {
				t.Fatalf("family %s says %d, its bound is %d", name, n, bound)
			}
		}
	})
}

func TestOrderOfEvidenceDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := terms().Draw(t, "terms")
		back := slices.Clone(all)
		slices.Reverse(back)
		a, b := score.Combine(-3000, all, nil, thresholds), score.Combine(-3000, back, nil, thresholds)
		if a.Sum != b.Sum {
			t.Fatalf("%d and %d", a.Sum, b.Sum)
		}
	})
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weight  int
		demands []score.Demand
		want    score.Decision
	}{
		"nothing":                   {0, nil, score.Allow},
		"much":                      {2500, nil, score.StepUp},
		"a demand above":            {0, []score.Demand{{"user.new", score.StepUp}}, score.StepUp},
		"a demand below":            {2500, []score.Demand{{"x", score.Allow}}, score.StepUp},
		"two demands":               {0, []score.Demand{{"a", score.Block}, {"b", score.StepUp}}, score.Block},
		"a damaged demand":          {0, []score.Demand{{"a", "?"}}, score.StepUp},
		"one family by itself":      {100_000, nil, score.StepUp},
		"one family for the user":   {-100_000, nil, score.Allow},
		"for the user and a demand": {-100_000, []score.Demand{{"list", score.Block}}, score.Block},
	} {
		r := score.Combine(-3000, []score.Term{{"t", score.FamilyNetwork, score.Session, c.weight}}, c.demands, thresholds)
		if r.Decision != c.want {
			t.Errorf("%s: %s (score %d), want %s", name, r.Decision, r.Score, c.want)
		}
	}
	list := score.Combine(-3000, []score.Term{{"list.block", score.FamilyList, score.Session, 9000}}, nil, thresholds)
	if list.Decision != score.Block || !list.BlockChannel || !slices.Equal(list.Reasons(), []string{"list.block"}) {
		t.Errorf("a block list: %+v", list)
	}
	if f := score.Failed(); f.Decision != score.StepUp || !slices.Equal(f.Reasons(), []string{score.CodeUnavailable}) {
		t.Errorf("no answer: %+v", f)
	}
}

func TestWeight(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]int{1.2345: 1235, -0.5: -500, math.Inf(1): 100_000, math.Inf(-1): -100_000} {
		if got := score.Weight(x); got != want {
			t.Errorf("%v: %d, want %d", x, got, want)
		}
	}
	if score.Weight(math.NaN()) != 0 {
		t.Error("what is not a number is evidence")
	}
}
