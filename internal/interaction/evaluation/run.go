package evaluation

import (
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// Seeds of the committed report. The test seed was used for nothing before.
const (
	TrainSeed  = 1
	TuningSeed = 101
	TestSeed   = 20261123
)

// Lives are replayed for so many days; what is reported begins on the seventh.
const days = 70

// From are the days that count: from day 7 on. Ages parts them.
func From() Span { return Span{7, days} }

// Ages are parts of them by how much is known.
func Ages() []Span { return []Span{{7, 14}, {14, 28}, {28, days}} }

// Rates that thresholds aim at on the tuning seed: a little less than what is promised
// of other people.
const (
	aimReject = 0.0465
	aimDeny   = 0.0025
	denyGroup = 0.035
)

// Options say what is evaluated.
type Options struct {
	Policy              judge.Policy
	People              int // of each seed; at least 50
	Train, Tuning, Test uint64
	Short               bool // leaves out recovery and poisoning
}

// Thresholds are fixed by honest requests of the tuning seed.
type Thresholds struct {
	Accept, Half, One, Deny float64 // of the judge: aimReject, 0.5 % and 1 % rejected; denied
	Set, SetHalf, SetOne    float64 // of the baseline
	Plain                   float64 // of the judge without the amount
}

// Results are all that the report is written from.
type Results struct {
	Options
	Thresholds

	Calibration Calibration
	TestEvents  []Scored
	Recovery    []Recovery
	Poison      []Dose
	Cost        Cost
}

func (o Options) town(seed uint64) *household.Town {
	return &household.Town{Seed: seed, Start: Start(), Days: days}
}

// Tune fixes the thresholds. No attack is drawn.
func Tune(o Options) (t Thresholds) {
	all := Replay(Plan{Town: o.town(o.Tuning), People: o.People, Policy: o.Policy})
	w := Honest(From())
	t.Accept, t.Half, t.One = Threshold(all, Judge(), w, aimReject), Threshold(all, Judge(), w, 0.005), Threshold(all, Judge(), w, 0.01)
	t.Set, t.SetHalf, t.SetOne = Threshold(all, Set(), w, aimReject), Threshold(all, Set(), w, 0.005), Threshold(all, Set(), w, 0.01)
	t.Plain = Threshold(all, Plain(), w, aimReject)
	t.Deny = Threshold(all, Judge(), w, aimDeny)
	for g := range groups {
		if len(sorted(all, Judge(), w.Of(g))) > 100 {
			t.Deny = min(t.Deny, Threshold(all, Judge(), w.Of(g), denyGroup))
		}
	}
	return t
}

// Run fixes the thresholds, and then makes attackers up.
func Run(o Options) (r Results) {
	r.Options, r.Thresholds = o, Tune(o)
	attacked := Plan{Policy: o.Policy, Attacks: household.Attacks(), Spans: []Span{{1, 7}, From()}, Tries: 4}
	train := attacked
	train.Town, train.People = o.town(o.Train), o.People/2
	r.Calibration = Fit(Replay(train), From())
	attacked.Town, attacked.People = o.town(o.Test), o.People
	r.TestEvents = Replay(attacked)
	r.Cost = o.cost()
	if !o.Short {
		r.Recovery = []Recovery{o.recover("swap of a device", household.Rates{Swap: 1}, r.Accept), o.recover("move", household.Rates{Move: 1}, r.Accept)}
		r.Poison = o.poison(r.Thresholds)
	}
	return r
}
