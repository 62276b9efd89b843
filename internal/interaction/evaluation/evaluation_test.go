package evaluation_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/evaluation"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// small is a run on few people, of other seeds than the committed report's test; on
// very few where only races are looked for.
var small = sync.OnceValue(func() evaluation.Results {
	people := 60
	if testing.Short() {
		people = 12
	}
	return evaluation.Run(evaluation.Options{Policy: judge.Usual(), People: people, Train: evaluation.TrainSeed, Tuning: evaluation.TuningSeed, Test: 7, Short: true})
})

// The goals of the committed report hold for few other people, with margins for their
// number, and a judge that knows nothing does not meet them.
func TestGoals(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a dozen people show no rates")
	}
	r := small()
	margins := []float64{2.5, 2, 1, 4, 0.7, 6, 8} // in the order of Goals
	for i, g := range r.Goals() {
		t.Logf("%s: %s, at most %g", g.Text, g, g.Bound)
		if g.Value > g.Bound+margins[i] {
			t.Errorf("%s: %s, at most %g and %g more", g.Text, g, g.Bound, margins[i])
		}
	}
	blind := r
	blind.TestEvents = nil
	for i, s := range r.TestEvents {
		s.Sum = float64(i%13) - 8
		blind.TestEvents = append(blind.TestEvents, s)
	}
	met := 0
	for i, g := range blind.Goals() {
		if g.Value <= g.Bound+margins[i] {
			met++
		}
	}
	if met > 0 {
		t.Errorf("a judge that knows nothing meets %d goals", met)
	}
}

// Every attack of the list was tried on most people, and customers were judged on all days.
func TestEverythingIsTried(t *testing.T) {
	t.Parallel()
	r := small()
	tries, people := map[household.Attack]int{}, map[int]bool{}
	for _, s := range r.TestEvents {
		tries[s.Attack]++
		people[s.Person] = true
	}
	for _, kind := range household.Attacks() {
		if tries[kind] < r.People*4 {
			t.Errorf("%s: %d tries on %d people", kind, tries[kind], r.People)
		}
	}
	if len(people) != r.People || tries[household.Honest] < r.People*35 {
		t.Errorf("%d people with %d requests", len(people), tries[household.Honest])
	}
}

// Thresholds are those of the tuning seed, and no attack had a part in them.
func TestThresholdsComeBeforeAttacks(t *testing.T) {
	t.Parallel()
	o := evaluation.Options{Policy: judge.Usual(), People: 40, Tuning: 3, Test: 4}
	th := evaluation.Tune(o)
	town := &household.Town{Seed: 3, Start: evaluation.Start(), Days: 70}
	all := evaluation.Replay(evaluation.Plan{Town: town, People: 40, Policy: o.Policy, Attacks: []household.Attack{household.Stolen}, Spans: []evaluation.Span{evaluation.From()}, Tries: 1})
	w := evaluation.Honest(evaluation.From())
	if got := evaluation.Rejected(all, evaluation.Judge(), w, th.Accept); got.Value > 0.05 || got.Value < 0.03 {
		t.Errorf("%.3f of the tuning seed are rejected", got.Value)
	}
	if got := evaluation.Rejected(all, evaluation.Set(), w, th.Set); got.Value > 0.05 || got.Value < 0.03 {
		t.Errorf("%.3f of the tuning seed are rejected by the set: ties are not told apart", got.Value)
	}
	if !(th.Deny < th.Half && th.Half < th.One && th.One < th.Accept) {
		t.Errorf("thresholds do not rise: %+v", th)
	}
}

// What happens later changes nothing of what was judged before.
func TestNothingFromTheFuture(t *testing.T) {
	t.Parallel()
	replay := func(days int, kinds ...household.Attack) (all []evaluation.Scored) {
		rates := household.Rates{Swap: 0.5, Move: 0.2, Job: 0.2, Vacation: 0.3, Earliest: 5, Latest: 15}
		town := &household.Town{Seed: 5, Start: evaluation.Start(), Days: days, Rates: rates}
		for _, s := range evaluation.Replay(evaluation.Plan{Town: town, People: 20, Policy: judge.Usual(), Attacks: kinds, Spans: []evaluation.Span{{10, 20}}, Tries: 2}) {
			if s.Attack == household.Honest && s.Day < 20 {
				all = append(all, s)
			}
		}
		return all
	}
	a := replay(21)
	if d := cmp.Diff(a, replay(40)); d != "" || len(a) == 0 {
		t.Errorf("later days change earlier ones: %s", d)
	}
	if d := cmp.Diff(a, replay(21, household.Stolen, household.Poisoned)); d != "" {
		t.Errorf("attacks change what is learned: %s", d)
	}
}

// An error of chance is a half, one of a perfect method nothing.
func TestMeasures(t *testing.T) {
	t.Parallel()
	var all []evaluation.Scored
	for i := range 1000 {
		s := evaluation.Scored{Person: i / 10, Day: 10, Sum: float64(i % 10), Set: float64(i%2)*100 + float64(i%10)}
		if i%2 == 0 {
			s.Attack = household.Stolen
		}
		all = append(all, s)
	}
	if eer, area := evaluation.Error(all, evaluation.Set(), household.Stolen, evaluation.From()); eer != 0 || area != 1 {
		t.Errorf("a perfect method: EER %.3f, area %.3f", eer, area)
	}
	for i := range all {
		all[i].Sum = float64(i / 2 % 10)
	}
	if eer, area := evaluation.Error(all, evaluation.Judge(), household.Stolen, evaluation.From()); math.Abs(eer-0.5) > 0.051 || math.Abs(area-0.5) > 0.01 {
		t.Errorf("chance: EER %.3f, area %.3f", eer, area)
	}
	w := evaluation.Attacked(household.Stolen, evaluation.From())
	s := evaluation.Accepted(all, evaluation.Judge(), w, 5)
	if s.Of != 500 || s.Value != 0.5 || s.Low >= s.Value || s.High <= s.Value {
		t.Errorf("%+v", s)
	}
	if got := evaluation.Accepted(nil, evaluation.Judge(), w, 5); got != (evaluation.Share{}) {
		t.Errorf("nothing has a share: %+v", got)
	}
	if c := evaluation.Fit(all, evaluation.From()); math.Abs(c.Of(3)-0.5) > 0.05 {
		t.Errorf("chance is fitted as %.3f", c.Of(3))
	}
}

func TestReportAndPlots(t *testing.T) {
	t.Parallel()
	r := small()
	var a, b bytes.Buffer
	if err := errors.Join(r.Markdown(&a), r.Markdown(&b)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() || !strings.Contains(a.String(), "| A8, new secondary |") || strings.Contains(a.String(), "NaN") {
		t.Errorf("the report differs between runs, or misses something:\n%s", a.String())
	}
	for name, draw := range r.Plots() {
		var svg bytes.Buffer
		if err := draw(&svg); err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(&svg)
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

// Recovery and poisoning are measured on few people as on many.
func TestChangesAndPoison(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("replays many lives")
	}
	r := evaluation.Run(evaluation.Options{Policy: judge.Usual(), People: 30, Train: 1, Tuning: 3, Test: 4})
	if len(r.Recovery) != 2 || len(r.Recovery[0].After) != 21 || r.Recovery[1].Before.Of == 0 {
		t.Errorf("%+v", r.Recovery)
	}
	first, last := r.Poison[0], r.Poison[len(r.Poison)-1]
	if first.Accepted.Value > 0.1 || last.Accepted.Value < first.Accepted.Value || last.Allowed.Value > 0 {
		t.Errorf("poison: %+v to %+v", first, last)
	}
	if r.Cost.Mean < 500 || r.Cost.Most > 64<<10 {
		t.Errorf("a pattern has %+v octets", r.Cost)
	}
}
