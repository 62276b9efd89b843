package judge_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// BenchmarkScore is one judgment, with many devices and a full list of places.
func BenchmarkScore(b *testing.B) {
	for _, n := range []int{5, 20} {
		for _, days := range []int{10, 3650} {
			b.Run(strconv.Itoa(n)+"-devices-"+strconv.Itoa(days)+"-days", func(b *testing.B) {
				s := pattern.New(pattern.Usual())
				r := &judge.Recent{Polled: true, PollAge: time.Minute, Fixes: []judge.Fix{{Cell: cell(52.7, 13.9)}}, Access: judge.Access{Cell: house()}}
				for i := range n {
					s.Admit(pattern.Number(i+1), 0)
					r.Devices = append(r.Devices, judge.Device{Number: pattern.Number(i + 1), Group: judge.Group(i % 5), Proof: pattern.Proof(i % 4), Age: time.Duration(i) * time.Minute})
				}
				for i := range days * 24 {
					h := pattern.HourOf(monday, 0) + pattern.Hour(i)
					where, seen := cell(52.5+float64(i%60)/100, 13.4), pattern.SetOf(1, 2, pattern.Number(i%n+1))
					s.Learn(&pattern.Slot{Hour: h, Polls: 1, Seen: seen, Visits: []pattern.Visit{{Cell: where, Polls: 1, Seen: seen}}})
				}
				r.At = moment(days, 13)
				p := judge.Usual()
				var out judge.Result
				b.ReportAllocs()
				for b.Loop() {
					p.Score(s, r, &out)
				}
			})
		}
	}
}
