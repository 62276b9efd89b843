package judge

import (
	"time"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// slack is how far into the future a report may be that counts as now: clocks differ.
const slack = 5 * time.Minute

// Recall fills in what is recent at r.At: polls, places, values and, for each device
// that r.Devices names already, when and how it was seen. What is older than the
// policy's window, or in the future, is left out.
func (w *Window) Recall(p *Policy, r *Recent) {
	r.PollAge, r.Polled = p.age(r.At, w.polled)
	r.Fixes, r.Values = r.Fixes[:0], r.Values[:0]
	for _, f := range w.fixes {
		if age, ok := p.age(r.At, f.at); ok {
			r.Fixes = append(r.Fixes, Fix{f.cell, age})
		}
	}
	for _, v := range w.values {
		if _, ok := p.age(r.At, v.at); ok {
			r.Values = append(r.Values, v.Value)
		}
	}
	for i := range r.Devices {
		w.device(p, r.At, &r.Devices[i])
	}
}

// age returns how long ago something was, never less than nothing; false when it is not
// within the window.
func (p *Policy) age(now, at time.Time) (time.Duration, bool) {
	d := now.Sub(at)
	return max(0, d), !at.IsZero() && d >= -slack && d <= p.Window
}

// device fills in when a device was seen: by the strongest proof of those that still
// count half, else by the newest.
func (w *Window) device(p *Policy, now time.Time, d *Device) {
	d.Proof, d.Age, d.Active = pattern.Nothing, 0, false
	for i := range w.seen {
		s := &w.seen[i]
		if s.number != d.Number {
			continue
		}
		for proof := pattern.Contributed; proof > pattern.Nothing; proof-- {
			age, ok := p.age(now, s.by[proof])
			if ok && (d.Proof == pattern.Nothing || d.Age > p.HalfLife && age < d.Age) {
				d.Proof, d.Age = proof, age
			}
		}
		worn, ok := p.age(now, s.worn)
		d.Active = ok && worn <= wornFor && s.worn.After(s.off)
	}
}
