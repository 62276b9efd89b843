package main

import (
	"cmp"
	"math"
	"slices"
)

// series are the samples of one thing, round by round.
type series []Sample

// of takes one figure out of every sample.
func (s series) of(f func(Sample) float64) []float64 {
	all := make([]float64, len(s))
	for i, x := range s {
		all[i] = f(x)
	}
	return all
}

func rate(s Sample) float64 { return s.Rate }

// median of some figures; NaN of none.
func median(all []float64) float64 { return quantile(all, 0.5) }

// quantile interpolates between the two nearest figures.
func quantile(all []float64, q float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.SortedFunc(slices.Values(all), cmp.Compare[float64])
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

func spread(all []float64) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	return Spread{median(all), slices.Min(all), slices.Max(all), all}
}

// ratio compares two series round by round: what was measured a few seconds
// apart had the same machine.
func ratio(over, under []float64) Spread {
	var all []float64
	for i := range min(len(over), len(under)) {
		all = append(all, over[i]/under[i])
	}
	return spread(all)
}
