package app

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

type tokenListCmd struct {
	Within time.Duration `default:"2160h" help:"Tokens that end within this time; 2160h are ninety days."`
	From   time.Time     `format:"2006-01-02" help:"From this day on, in place of now."`
	Stock  bool          `help:"Those in stock, in place of those in customers' hands."`
}

// Run writes the tokens that end as CSV.
func (t tokenListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		from := t.From
		if from.IsZero() {
			from = e.now()
		}
		return a.Care.EndingCSV(e.ctx, token.Ending{From: from, Before: from.Add(t.Within), Stock: t.Stock}, e.stdout)
	})
}

type tokenBulkCmd struct {
	Act      string    `arg:"" enum:"suspend,resume,retire,return,extend" help:"What to do with each token: suspend, resume, retire, return or extend."`
	File     string    `arg:"" help:"Serial numbers, one a line, with the manufacturer after a comma where two makes have the number; - for standard input."`
	Reason   string    `required:"" help:"Why, for people."`
	Ends     time.Time `format:"2006-01-02" help:"Of extend: the day on which they end."`
	EvenLast bool      `help:"Also where a customer is left without a token that can be used."`
	DryRun   bool      `help:"Only say what would happen."`
	JSON     bool      `name:"json" help:"Print every row as a line of JSON."`
	Propose  bool      `help:"Propose the act, for somebody else to approve; then: countersign proposal run."`
	person
}

// Run does one act with many tokens.
func (t tokenBulkCmd) Run(e *env, c *cli) error {
	b, err := t.bulk(e)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		switch {
		case t.Propose:
			return t.propose(e, a, b)
		case t.DryRun:
			s, err := a.Care.PreviewBulk(e.ctx, b, t.row(e))
			return errors.Join(err, t.end(e, s, "Would %s %d; %d are so already, %d refused."))
		}
		bar := e.progress(t.Act)
		s, err := a.Care.RunBulk(e.ctx, audit.System("cli"), b, foureyes.Warrant{}, token.BulkReport{
			Sink: t.row(e), Progress: func(done, total int64) { bar.set("tokens", done, total) },
		})
		bar.end()
		err = hintProposal(err, "countersign token bulk "+t.Act+" "+t.File+" --propose --reason WHY --as LOGIN")
		if s.Digest == "" {
			return err
		}
		return errors.Join(err, t.end(e, s, "Done: %s %d; %d were so already, %d refused."))
	})
}

// bulk reads the list.
func (t tokenBulkCmd) bulk(e *env) (token.Bulk, error) {
	in := e.stdin
	if t.File != "-" {
		f, err := os.Open(t.File)
		if err != nil {
			return token.Bulk{}, err
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	list, err := token.ReadList(in)
	if err != nil {
		return token.Bulk{}, err
	}
	b := token.Bulk{Act: device.Act(t.Act), Reason: t.Reason, EvenLast: t.EvenLast, Tokens: list}
	if !t.Ends.IsZero() {
		b.Ends = &t.Ends
	}
	return token.NewBulk(b)
}

// row prints what became of a token: all as JSON, otherwise those that need a look.
func (t tokenBulkCmd) row(e *env) func(token.BulkRow) error {
	return func(r token.BulkRow) error {
		switch {
		case t.JSON:
			return e.jsonLine(r)
		case r.Result == token.BulkRefused:
			return e.line(fmt.Sprintf("row %d: %s %s: %s", r.Number, r.Serial, r.Result, r.Reason))
		}
		return nil
	}
}

func (t tokenBulkCmd) end(e *env, s token.BulkSummary, text string) error {
	if t.JSON {
		return e.jsonLine(s)
	}
	return e.line(fmt.Sprintf(text, t.Act, s.Done, s.Unchanged, s.Refused))
}

func (t tokenBulkCmd) propose(e *env, a *App, b token.Bulk) error {
	by, err := t.prove(e, a)
	if err != nil {
		return err
	}
	made, err := a.Proposals.Propose(e.ctx, by, foureyes.New{Act: policy.ActBulk, Payload: b.Payload(), Reason: t.Reason})
	if err != nil {
		return err
	}
	return e.proposed(made)
}

type tokenForecastCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run says how long the stock will do.
func (t tokenForecastCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		f, err := a.Care.Forecast(e.ctx)
		if err != nil {
			return err
		}
		if t.JSON {
			return e.json(f)
		}
		tab := e.table("MODEL", "IN STOCK", "A MONTH", "LAST MONTH", "RUNS OUT")
		for _, m := range f.Models {
			tab.row(m.Model, strconv.FormatInt(m.Stock, 10), fmt.Sprintf("%.1f", m.PerMonth), strconv.FormatInt(m.Assigned[token.Months-2], 10), stamp(m.RunsOut))
		}
		return tab.flush()
	})
}
