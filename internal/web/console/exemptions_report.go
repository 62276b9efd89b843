package console

import (
	"encoding/json"
	"net/url"

	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// quarters is how many quarters the page offers: what a bank keeps payments for.
const quarters = 12

// reportPage is the record of a quarter.
type reportPage struct {
	*visit
	exemption.Report
	Quarters []ui.Choice
	Tables   []reportTable
	Looks    []reportLook
}

// reportTable is about one instrument.
type reportTable struct {
	Name, Rolling string
	Rows          []reportRow
	Bands         []reportBand
}

type reportRow struct {
	exemption.Row
	Name                  string
	Value, Fraud, Average string
	Last                  bool // the total
}

type reportBand struct {
	exemption.BandReport
	Upto  string
	Badge ui.Badge
}

type reportLook struct {
	Name string
	N    int64
}

// quarter reads the quarter of the address; the present one when it has none.
func (c *console) quarter(v *visit) (exemption.Quarter, error) {
	if text := v.query("quarter"); text != "" {
		return exemption.ParseQuarter(text)
	}
	return exemption.QuarterOf(exemption.DayOf(v.now)), nil
}

// exemptionReport shows the record of a quarter (RTS, article 21).
func (c *console) exemptionReport(v *visit) error {
	q, err := c.quarter(v)
	if err != nil {
		return err
	}
	r, err := c.Exemptions.Report(v.ctx(), q)
	if err != nil {
		return err
	}
	v.form = ui.NewForm(url.Values{"quarter": {r.Quarter}})
	p := reportPage{visit: v, Report: r}
	at := exemption.QuarterOf(exemption.DayOf(v.now))
	for range quarters {
		p.Quarters = append(p.Quarters, ui.Choice{Value: at.String(), Text: at.String()})
		at = exemption.QuarterOf(at.First() - 1)
	}
	for _, i := range r.Instruments {
		p.Tables = append(p.Tables, v.reportTable(i))
	}
	for _, a := range r.Accesses {
		p.Looks = append(p.Looks, reportLook{v.kindOfExemption(string(a.Exemption)), a.Accesses})
	}
	return v.render("exemption-report", v.t.T("console.exempt.report.title"), p)
}

func (v *visit) reportTable(i exemption.InstrumentReport) reportTable {
	t := reportTable{Name: v.t.T("console.exempt.instrument." + string(i.Instrument)), Rolling: i.Percent}
	add := func(r exemption.Row, last bool) {
		euro := func(cents int64) string { return v.t.Money(cents, 2, "EUR") } //nolint:mnd // decimals
		t.Rows = append(t.Rows, reportRow{r, v.kindOfExemption(string(r.Exemption)), euro(r.Cents), euro(r.FraudCents), euro(r.AverageCents), last})
	}
	for _, r := range i.Rows {
		add(r, false)
	}
	add(i.Total, true)
	for _, b := range i.Bands {
		tone := map[exemption.Standing]ui.Tone{exemption.Open: ui.Good, exemption.Warned: ui.Warn, exemption.Closed: ui.Plain}[b.Standing]
		t.Bands = append(t.Bands, reportBand{b, v.t.Money(int64(b.Most), 0, "EUR"), ui.Badge{Tone: tone, Text: v.t.T("console.exempt.standing." + string(b.Standing))}})
	}
	return t
}

// exemptionCSV sends it for a spreadsheet.
func (c *console) exemptionCSV(v *visit) error {
	r, err := c.readReport(v)
	if err != nil {
		return err
	}
	_ = r.WriteCSV(v.attach("text/csv; charset=utf-8", "exemptions-"+r.Quarter+".csv")) // a reader that went away is no failure of ours
	return nil
}

// exemptionJSON sends it for programs.
func (c *console) exemptionJSON(v *visit) error {
	r, err := c.readReport(v)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, _ = v.attach("application/json", "exemptions-"+r.Quarter+".json").Write(append(b, '\n'))
	return nil
}

func (c *console) readReport(v *visit) (r exemption.Report, err error) {
	q, err := c.quarter(v)
	if err != nil {
		return r, err
	}
	return c.Exemptions.Report(v.ctx(), q)
}
