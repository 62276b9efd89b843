package probe

import (
	"math"
	"slices"
)

// most is the largest count or time that is believed: eleven days in ms.
const most = 1_000_000_000

// plausible reports whether the script could have sent r.
func (r *Report) plausible() bool {
	return r.V == 1 && r.Seq >= 1 && r.Seq <= 10_000 && slices.Contains([]string{"load", "submit", "leave"}, r.Why) &&
		r.Hardware.plausible() && r.Browser.plausible() && short(r.Automation, 16, 32) && r.Tamper.plausible() &&
		r.Typing.plausible() && r.Pointer.plausible() &&
		counts(r.Time.Ready, r.Time.First, r.Time.Sent, r.Time.Hidden, r.Time.Blurs, r.Time.Trip)
}

func (h *Hardware) plausible() bool {
	return counts(h.Screen[0], h.Screen[1], h.Depth, h.Cores, h.Touch) && number(h.Ratio) && number(h.Memory) &&
		h.Offset >= -24*60 && h.Offset <= 24*60 && // UTC-12 to UTC+14 on this planet
		short([]string{h.Platform, h.Zone, h.Graphics, h.Canvas}, 4, 64)
}

func (b *Browser) plausible() bool {
	return counts(b.Window[0], b.Window[1]) && short([]string{b.Agent}, 1, 512) && short(b.Brands, 8, 64) && short(b.Languages, 8, 32)
}

func (t *Tamper) plausible() bool {
	return short(t.Replaced, 16, 32) && counts(t.Scripts, t.Frames, t.Fields, t.Forms, t.Policy)
}

func (t *Typing) plausible() bool {
	return class(t.Count) && counts(t.Dwell.Mean, t.Dwell.SD, t.Flight.SD, t.Pastes, t.Filled, t.Untrusted, t.Silent) &&
		t.Flight.Mean > -most && t.Flight.Mean <= most // keys overlap: the next goes down before the last is up
}

func (p *Pointer) plausible() bool {
	return class(p.Moves) && class(p.Clicks) && class(p.Scrolls) && counts(p.Speed.Mean, p.Speed.SD) && p.Straight >= 0 && p.Straight <= 1.01 && short(p.Kinds, 4, 16)
}

// counts reports whether all are counts or times.
func counts(all ...int) bool {
	return !slices.ContainsFunc(all, func(n int) bool { return n < 0 || n > most })
}

// class reports whether n is one of 0, 1, 3, 7 … 1023.
func class(n int) bool { return n >= 0 && n <= 1023 && n&(n+1) == 0 }

func number(x float64) bool { return x >= 0 && x <= 1<<20 && !math.IsNaN(x) }

// short reports whether there are at most n texts of at most so many UTF-16 units,
// which is what the script counts in.
func short(all []string, n, units int) bool {
	return len(all) <= n && !slices.ContainsFunc(all, func(s string) bool { return len(s) > 3*units })
}
