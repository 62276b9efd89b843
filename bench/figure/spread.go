package figure

import (
	"math"
	"slices"
)

// Median of some figures; NaN of none.
func Median(all []float64) float64 { return Quantile(all, 0.5) }

// Quantile interpolates between the two figures nearest to the share q (0 to 1);
// NaN of none.
func Quantile(all []float64, q float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// Spread is one figure over the rounds.
type Spread struct {
	Median float64   `json:"median"`
	Low    float64   `json:"low"`
	High   float64   `json:"high"`
	Rounds []float64 `json:"rounds"`
}

// Of is the spread of some figures; the zero value of none.
func Of(all []float64) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	return Spread{Median(all), slices.Min(all), slices.Max(all), all}
}

// Ratio compares two series round by round: what was measured a few seconds
// apart had the same machine. Rounds that only one of them has are left out.
func Ratio(over, under []float64) Spread {
	var all []float64
	for i := range min(len(over), len(under)) {
		all = append(all, over[i]/under[i])
	}
	return Of(all)
}
