package judge

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Score judges what is recent by the pattern. Terms of out are reused; nothing is
// allocated once it has room for them.
func (p *Policy) Score(s *pattern.State, now *Recent, out *Result) {
	j := judging{Policy: p, pattern: s, now: now, hour: now.Hour(), out: out}
	*out = Result{Terms: out.Terms[:0]}
	j.locate()
	j.view = s.View(j.hour, j.cell)
	j.devices()
	j.place()
	j.distance()
	j.use()
	j.context()
	j.prior()
	j.zone()
	out.Sum = float64(j.sum) / 1000
	out.Confidence = j.confidence()
	p.decide(s, now, out)
}

// judging is one judgment as it goes on. Sums are thousandths for the customer.
type judging struct {
	*Policy
	pattern *pattern.State
	view    pattern.View // of the pattern, from the hour and the place
	now     *Recent
	hour    pattern.Hour
	out     *Result

	cell     s2.CellID     // where the primary is taken to be; 0 for unknown
	fix      time.Duration // age of the primary's place; -1 when the access device's stands for it
	looked   float64       // 0 to 1: how fresh the last look around is
	proven   bool          // a device showed a key
	worn     bool          // something worn is there, or something was challenged
	expected bool          // something worn should be there
	apart    bool          // the access device is where the primary cannot be
	met      bool          // something that is not carried in a bag was met within the window

	sum, keyed    int     // of all evidence, and of all but what was seen without a key
	known, weight float64 // for the confidence
}

// locate takes the newest place of the primary; without one, the access device's, as
// the two are together (DI-84).
func (j *judging) locate() {
	if j.now.Polled && j.now.PollAge <= j.Window {
		j.looked = j.fade(j.now.PollAge)
	}
	for _, f := range j.now.Fixes {
		if f.Age <= j.Window && f.Cell.IsValid() {
			j.cell, j.fix = f.Cell, max(0, f.Age)
			return
		}
	}
	if a := j.now.Access; !a.Remote && a.Cell.IsValid() {
		j.cell, j.fix = a.Cell, -1
	}
}

// add adds evidence in natural log-odds for the customer that is about no device.
func (j *judging) add(code string, x float64) {
	w := j.write(code, 0, x)
	j.sum += w
	j.keyed += w
}

// write writes evidence down, and returns it in thousandths.
func (j *judging) write(code string, n pattern.Number, x float64) int {
	w := thousandths(x)
	j.note(code, n, w)
	return w
}

// note appends a term that says something. Weights of terms speak against the customer.
func (j *judging) note(code string, n pattern.Number, w int) {
	if w == 0 {
		return
	}
	var t Term
	t.Code, t.Family, t.Side, t.Weight, t.Device = code, Family, score.Session, -w, n
	j.out.Terms = append(j.out.Terms, t)
}

func thousandths(x float64) int { return score.Weight(x) }

// zone keeps the sum below the zone in which nothing more is asked for, where evidence
// without a key would bring it there, as identifiers can be copied by anybody in radio
// range; and where the context is good but belongs to another place than the request.
func (j *judging) zone() {
	top := thousandths(j.Allow) - 1
	switch {
	case j.sum <= top:
	case j.apart:
		j.note("bound.distance", 0, top-j.sum)
		j.sum = top
	case !j.proven || j.keyed <= top:
		j.note("bound.unproven", 0, top-j.sum)
		j.sum = top
	}
}

// confidence is how much of the evidence comes from counts.
func (j *judging) confidence() float64 {
	if j.weight == 0 {
		return 0
	}
	return j.known / j.weight
}

// carry counts how well something that was judged is known.
func (j *judging) carry(confidence float64) {
	j.known += confidence
	j.weight++
}
