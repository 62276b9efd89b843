package main

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
