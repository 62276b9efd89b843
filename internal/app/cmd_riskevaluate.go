package app

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk/evaluation"
	"github.com/countersign-auth/countersign/internal/risk/rule"
)

// riskEvaluateCmd evaluates the engine. It needs no configuration and no database.
type riskEvaluateCmd struct {
	Out    string `default:"." placeholder:"DIR" type:"path" help:"Where risk-evaluation.md and its plots are written."`
	People int    `default:"3000" help:"Customers of each seed, 50 to 100000."`
	Tuning uint64 `default:"1" help:"Seed of those by whom thresholds are chosen."`
	Test   uint64 `default:"20261122" help:"Seed of those who are reported; another one than --tuning."`
}

// Run writes the report, and says whether the goal is met.
func (c riskEvaluateCmd) Run(e *env) error {
	if c.People < 50 || c.People > 100_000 {
		return fault.Invalidf("risk.people", "Give --people a number from 50 to 100000.")
	}
	if c.Tuning == c.Test {
		return fault.Invalidf("risk.seeds", "Give --tuning and --test different seeds: thresholds that were chosen on the same people promise too much.")
	}
	rules, err := rule.Preset("balanced")
	if err != nil {
		return err
	}
	r := evaluation.Run(evaluation.Options{Rules: rules, RulesName: "the preset `balanced`", People: c.People, Tuning: c.Tuning, Test: c.Test})
	if err := writeReport(filepath.Join(c.Out, "risk-evaluation.md"), r.Markdown); err != nil {
		return err
	}
	plots := filepath.Join(c.Out, "risk-evaluation")
	if err := os.MkdirAll(plots, 0o755); err != nil { //nolint:gosec // a report for everybody
		return err
	}
	for file, draw := range r.Plots() {
		if err := writeReport(filepath.Join(plots, file), draw); err != nil {
			return err
		}
	}
	g := r.Goal()
	_, err = fmt.Fprintf(e.stdout, "goal met: %t (%.3f of the logins of the median customer stepped up, %.4f of targeted attackers caught)\n", g.Met(), g.All.Median, g.Caught)
	return err
}

// writeReport writes a whole file, or none.
func writeReport(name string, f func(io.Writer) error) error {
	var b bytes.Buffer
	if err := f(&b); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644) //nolint:gosec // a report for everybody
}
