package figure_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/bench/figure"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	all := []float64{4, 1, 3, 2}
	for _, c := range []struct{ q, want float64 }{{0, 1}, {0.5, 2.5}, {0.75, 3.25}, {1, 4}} {
		if got := figure.Quantile(all, c.q); got != c.want {
			t.Errorf("quantile %v of %v is %v, want %v", c.q, all, got, c.want)
		}
	}
	if all[0] != 4 {
		t.Error("the figures were sorted in place")
	}
	if !math.IsNaN(figure.Median(nil)) {
		t.Error("nothing has a median")
	}
}

func TestRatioIsTakenWithinARound(t *testing.T) {
	t.Parallel()
	got := figure.Ratio([]float64{10, 40, 9, 7}, []float64{5, 10, 3})
	want := figure.Spread{Median: 3, Low: 2, High: 4, Rounds: []float64{2, 4, 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(figure.Spread{}, figure.Ratio(nil, []float64{1})); diff != "" {
		t.Errorf("no rounds (-want +got):\n%s", diff)
	}
}

func TestRanks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b  []float64
		above float64
	}{
		{[]float64{1, 2, 3}, []float64{1, 2, 3}, 0.5},
		{[]float64{4, 5}, []float64{1, 2, 3}, 1},
		{[]float64{0}, []float64{1, 2, 3}, 0},
		{[]float64{2}, []float64{1, 2, 3, 4}, 0.375},
	} {
		if got := figure.Above(c.a, c.b); got != c.above {
			t.Errorf("%v above %v: %v, want %v", c.a, c.b, got, c.above)
		}
	}
	if n := figure.Needed(0.5); n != figure.Many {
		t.Errorf("samples that cannot be told apart need %v", n)
	}
	if n := figure.Needed(0.6); n != 131 { // 7.84 / 6 / 0.01
		t.Errorf("0.6 needs %v, want 131", n)
	}
	if figure.Needed(0.4) != figure.Needed(0.6) {
		t.Error("below and above are not alike")
	}
}
