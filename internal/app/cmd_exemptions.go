package app

import (
	"encoding/csv"
	"fmt"
	"io"
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
			return exemptionsCSV(e.stdout, report)
		}
		return e.exemptions(report)
	})
}

// kinds calls f for the rows of a report with their instruments, totals last.
func kinds(r exemption.Report, f func(exemption.Instrument, exemption.Row)) {
	for _, i := range r.Instruments {
		for _, row := range i.Rows {
			f(i.Instrument, row)
		}
		f(i.Instrument, i.Total)
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// euros writes cents as euro.
func euros(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

func exemptionsCSV(out io.Writer, r exemption.Report) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{"quarter", "from", "until", "instrument", "exemption", "payments", "value_eur", "fraud_payments", "fraud_eur", "fraud_percent", "average_eur", "share_percent", "unconverted"})
	kinds(r, func(i exemption.Instrument, x exemption.Row) {
		_ = w.Write([]string{
			r.Quarter, r.From, r.Until, string(i), string(x.Exemption), decimal(x.Payments), euros(x.Cents), decimal(x.FraudPayments), euros(x.FraudCents), x.FraudPercent,
			euros(x.AverageCents), x.SharePercent, decimal(x.Unconverted),
		})
	})
	for _, x := range r.Accesses {
		_ = w.Write([]string{r.Quarter, r.From, r.Until, "", string(x.Exemption), decimal(x.Accesses), "", "", "", "", "", "", ""})
	}
	w.Flush()
	return w.Error() // the first error of any line
}

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
	kinds(r, func(i exemption.Instrument, x exemption.Row) {
		t.row(string(i), string(x.Exemption), decimal(x.Payments), x.SharePercent, euros(x.Cents), euros(x.AverageCents), decimal(x.FraudPayments), euros(x.FraudCents), x.FraudPercent)
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
