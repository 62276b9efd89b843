package app

import (
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// exemptionsCmd is about payments without strong authentication.
type exemptionsCmd struct {
	Report exemptionsReportCmd `cmd:"" help:"Print the record of a quarter: payments and fraud by exemption."`
}

type exemptionsReportCmd struct {
	Quarter string `placeholder:"2026Q4" help:"The quarter, in UTC; the present one when it is left out."`
	JSON    bool   `name:"json" xor:"form" help:"Print JSON."`
	CSV     bool   `name:"csv" xor:"form" help:"Print CSV, a line for each kind of payments."`
}

// Run prints the report.
func (r exemptionsReportCmd) Run(e *env, c *cli) error {
	q := exemption.QuarterOf(exemption.DayOf(e.now()))
	if r.Quarter != "" {
		var err error
		if q, err = exemption.ParseQuarter(r.Quarter); err != nil {
			return err
		}
	}
	return e.tools(c, func(a *App) error {
		report, err := a.Exemptions.Report(e.ctx, q)
		switch {
		case err != nil:
			return err
		case r.JSON:
			return e.json(report)
		case r.CSV:
			return report.WriteCSV(e.stdout)
		}
		return e.exemptions(report)
	})
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// exemptions prints a report for people.
func (e *env) exemptions(r exemption.Report) error {
	state := "complete"
	if !r.Complete {
		state = "so far"
	}
	if err := e.line(fmt.Sprintf("%s, %s: %s to %s", r.Quarter, state, r.From, r.Until)); err != nil {
		return err
	}
	t := e.table("INSTRUMENT", "EXEMPTION", "PAYMENTS", "SHARE %", "EUR", "AVERAGE EUR", "FRAUD", "FRAUD EUR", "FRAUD %")
	r.Kinds(func(i exemption.Instrument, x exemption.Row) {
		t.row(string(i), string(x.Exemption), decimal(x.Payments), x.SharePercent, exemption.Euros(x.Cents), exemption.Euros(x.AverageCents), decimal(x.FraudPayments), exemption.Euros(x.FraudCents), x.FraudPercent)
	})
	for _, x := range r.Accesses {
		t.row("", string(x.Exemption), decimal(x.Accesses), "", "", "", "", "", "")
	}
	if err := t.flush(); err != nil {
		return err
	}
	return e.bands(r)
}

// bands prints the states of the bands.
func (e *env) bands(r exemption.Report) error {
	t := e.table("INSTRUMENT", "BAND", "UP TO EUR", "REFERENCE %", "90 DAYS %", "STATE")
	for _, i := range r.Instruments {
		for _, b := range i.Bands {
			t.row(string(i.Instrument), b.Band, strconv.Itoa(b.Most), b.Percent, i.Percent, string(b.Standing))
		}
	}
	return t.flush()
}
