package console

import (
	"encoding/hex"
	"time"

	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const importsPage = 25

type importsView struct {
	*visit
	Imports []pastRow
	Pager   ui.Pager
	Job     *snapshot // the member's own, if there is one
}

type pastRow struct {
	token.Past
	Badge ui.Badge
	Who   string
}

// imports lists what was imported.
func (c *console) imports(v *visit) error {
	all, next, err := c.Tokens.Imports(v.ctx(), v.query("after"), importsPage)
	if err != nil {
		return err
	}
	p := importsView{visit: v, Pager: v.pager(next)}
	n := c.names(v)
	for _, past := range all {
		row, err := c.pastRow(v, n, past)
		if err != nil {
			return err
		}
		p.Imports = append(p.Imports, row)
	}
	if j := c.jobs.of(v.s.Staff); j != nil {
		s := j.snapshot()
		p.Job = &s
	}
	return v.render("imports", v.t.T("console.imports.title"), p)
}

func (c *console) pastRow(v *visit, n *names, past token.Past) (row pastRow, err error) {
	row = pastRow{Past: past, Badge: v.badge("console.status.import", past.State)}
	row.Who, err = n.of(v.ctx(), past.By)
	return row, err
}

type pastPage struct {
	*visit
	pastRow
	Facts []ui.Fact
}

// pastImport shows one import of the past, with its digests.
func (c *console) pastImport(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	past, err := c.Tokens.Import(v.ctx(), id)
	if err != nil {
		return err
	}
	row, err := c.pastRow(v, c.names(v), past)
	if err != nil {
		return err
	}
	return v.render("import", past.Name, pastPage{v, row, v.pastFacts(row)})
}

func (v *visit) pastFacts(p pastRow) []ui.Fact {
	mode := v.t.T("console.upload.rows")
	if p.Whole {
		mode = v.t.T("console.upload.whole")
	}
	facts := []ui.Fact{
		{Name: v.t.T("console.imports.state"), Value: v.t.T("console.status.import." + p.State), Note: p.Reason},
		{Name: v.t.T("console.imports.by"), Value: p.Who},
		{Name: v.t.T("console.imports.began"), Value: v.moment(p.Created)},
		{Name: v.t.T("console.imports.ended"), Value: v.moment(p.Ended), Note: v.took(p.Past)},
		{Name: v.t.T("console.imports.mode"), Value: mode},
		{Name: v.t.T("console.result.imported"), Value: v.t.Number(p.Imported)},
		{Name: v.t.T("console.result.duplicate"), Value: v.t.Number(p.Duplicate)},
		{Name: v.t.T("console.result.refused"), Value: v.t.Number(p.Refused)},
	}
	for _, d := range []struct {
		key string
		sum []byte
	}{{"file", p.File}, {"report", p.Report}} {
		if d.sum != nil {
			facts = append(facts, ui.Fact{Name: v.t.T("console.imports.digest." + d.key), Value: hex.EncodeToString(d.sum), Mono: true, Note: v.t.T("console.imports.digest." + d.key + "_note")})
		}
	}
	return facts
}

func (v *visit) took(p token.Past) string {
	if p.Ended.IsZero() {
		return ""
	}
	return v.t.T("console.imports.took", "span", v.t.Span(max(p.Ended.Sub(p.Created), time.Second)))
}
