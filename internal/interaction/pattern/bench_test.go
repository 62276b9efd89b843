package pattern_test

import (
	"strconv"
	"testing"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// household has n devices, all seen every hour, at a few places.
func household(b *testing.B, n, days int) (*pattern.State, *pattern.Slot) {
	b.Helper()
	s := pattern.New(pattern.Usual())
	x := slot(0, house)
	for i := range n {
		s.Admit(pattern.Number(i+1), 0)
		x.Seen.Add(pattern.Number(i + 1))
		x.Visits[0].Seen.Add(pattern.Number(i + 1))
	}
	for d := range days {
		for h := range 24 {
			x.Hour, x.Visits[0].Cell = at(d, h), cell(52.5+float64((d+h)%20)/50, 13.4)
			s.Learn(x)
		}
	}
	return s, x
}

// BenchmarkLearn is one update: an hour with all devices seen.
func BenchmarkLearn(b *testing.B) {
	for _, n := range []int{1, 5, 10, 20} {
		for _, days := range []int{10, 3650} {
			b.Run(strconv.Itoa(n)+"-devices-"+strconv.Itoa(days)+"-days", func(b *testing.B) {
				s, x := household(b, n, days)
				h := at(days, 0)
				b.ReportAllocs()
				for b.Loop() {
					x.Hour = h
					h++
					s.Learn(x)
				}
			})
		}
	}
}

// BenchmarkStore reads a pattern, learns an hour, and writes it.
func BenchmarkStore(b *testing.B) {
	s, x := household(b, 10, 365)
	stored, h := s.Append(nil), at(365, 0)
	b.ReportAllocs()
	for b.Loop() {
		r, err := pattern.Read(stored)
		if err != nil {
			b.Fatal(err)
		}
		x.Hour = h
		h++
		r.Learn(x)
		stored = r.Append(stored[:0])
	}
	b.ReportMetric(float64(len(stored)), "bytes")
}
