package evaluation_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/risk/evaluation"
	"github.com/countersign-auth/countersign/internal/risk/population"
)

func run(tuning, test uint64) evaluation.Results {
	return evaluation.Run(evaluation.Options{RulesName: "none", People: 250, Tuning: tuning, Test: test})
}

// The goal of the committed report holds for other people, too, and the methods are
// told apart: the test would fail for an engine that knows nothing.
func TestGoal(t *testing.T) {
	t.Parallel()
	r := run(evaluation.TuningSeed, 3)
	g := r.Goal()
	if !g.Met() || g.Caught < 0.95 {
		t.Errorf("%+v", g)
	}
	everybody := func(evaluation.Scored) bool { return true }
	if a := evaluation.Again(r.TestEvents, 12, -1, everybody); a.Mean != 1 || a.Median != 1 || a.People < 240 {
		t.Errorf("stepping everybody up: %+v", a)
	}
	blind := r
	blind.TestEvents, blind.TuningEvents = nil, r.TuningEvents
	for _, s := range r.TestEvents {
		s.Sum = 1 << 20
		blind.TestEvents = append(blind.TestEvents, s)
	}
	if blind.Goal().Met() {
		t.Error("an engine that knows nothing meets the goal")
	}
}

func TestThresholdCatchesWhatItAimsAt(t *testing.T) {
	t.Parallel()
	r := run(1, 3)
	for _, kind := range population.Attackers() {
		for _, share := range evaluation.Targets() {
			stops := evaluation.Above(evaluation.Threshold(r.TuningEvents, kind, share))
			if got := evaluation.Caught(r.TuningEvents, kind, stops); got < share {
				t.Errorf("%s: caught %.4f of the tuning seed, aimed at %.3f", kind, got, share)
			}
		}
	}
	if evaluation.RSR(r.TestEvents, population.Naive) <= evaluation.RSR(r.TestEvents, population.Targeted) {
		t.Error("naive attackers look less risky than targeted ones")
	}
	if evaluation.Threshold(nil, population.Naive, 0.98) != 0 || evaluation.Again(nil, 12, -1, evaluation.NewDevice) != (evaluation.Rate{}) {
		t.Error("nothing has a threshold or a rate")
	}
}

func TestReportAndPlots(t *testing.T) {
	t.Parallel()
	r := run(1, 3)
	var a, b bytes.Buffer
	if err := errors.Join(r.Markdown(&a), run(1, 3).Markdown(&b)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() || !strings.Contains(a.String(), "| less than monthly |") || !strings.Contains(a.String(), "**Met**") {
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
