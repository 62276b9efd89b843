package app

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/interaction/evaluation"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// interactionCmd is what there is about device interactions on the command line.
type interactionCmd struct {
	Table     interactionTableCmd     `cmd:"" help:"Show what was learned of a device that reports: who is usually there, and when."`
	Decisions interactionDecisionsCmd `cmd:"" help:"List what was judged by a customer's devices, or explain one decision."`
	Notice    noticeCmd               `cmd:"" help:"List, announce and take back customers' journeys."`
	Evaluate  interactionEvaluateCmd  `cmd:"" help:"Let made-up people live, and report how well their devices tell them from attackers."`
}

// interactionEvaluateCmd evaluates the patterns. It needs no configuration and no
// database.
type interactionEvaluateCmd struct {
	Out    string `default:"." placeholder:"DIR" type:"path" help:"Where interaction-evaluation.md and its plots are written."`
	People int    `default:"1000" help:"People of each seed, 50 to 20000; a thousand take some minutes."`
	Train  uint64 `default:"1" help:"Seed of those by whom sums are made probabilities."`
	Tuning uint64 `default:"101" help:"Seed of those by whom thresholds are chosen."`
	Test   uint64 `default:"20261123" help:"Seed of those who are reported; another one than the others."`
}

// Run writes the report, and says which goals are met.
func (c interactionEvaluateCmd) Run(e *env) error {
	switch {
	case c.People < 50 || c.People > 20_000:
		return fault.Invalidf("interaction.people", "Give --people a number from 50 to 20000.")
	case c.Tuning == c.Test || c.Train == c.Test || c.Train == c.Tuning:
		return fault.Invalidf("interaction.seeds", "Give --train, --tuning and --test different seeds: thresholds that were chosen on the same people promise too much.")
	}
	plots := filepath.Join(c.Out, "interaction-evaluation") // made first: the report takes minutes
	if err := os.MkdirAll(plots, 0o755); err != nil {       //nolint:gosec // a report for everybody
		return err
	}
	r := evaluation.Run(evaluation.Options{Policy: judge.Usual(), People: c.People, Train: c.Train, Tuning: c.Tuning, Test: c.Test})
	if err := writeReport(filepath.Join(c.Out, "interaction-evaluation.md"), r.Markdown); err != nil {
		return err
	}
	for file, draw := range r.Plots() {
		if err := writeReport(filepath.Join(plots, file), draw); err != nil {
			return err
		}
	}
	for _, g := range r.Goals() {
		met := map[bool]string{true: "met    ", false: "not met"}[g.Met()]
		if _, err := fmt.Fprintf(e.stdout, "%s  %s: %s (at most %g)\n", met, g.Text, g, g.Bound); err != nil {
			return err
		}
	}
	return nil
}
