package console

import (
	"encoding/hex"

	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const bulksPage = 25

type bulksView struct {
	*visit
	Acts  []pastBulkRow
	Pager ui.Pager
	Job   *bulkShot // the member's own, if there is one
}

type pastBulkRow struct {
	token.PastBulk
	Title string
	Badge ui.Badge
	Who   string
}

// pastBulks lists what was done to many tokens at once.
func (c *console) pastBulks(v *visit) error {
	all, next, err := c.Care.Bulks(v.ctx(), v.query("after"), bulksPage)
	if err != nil {
		return err
	}
	p := bulksView{visit: v, Pager: v.pager(next)}
	n := c.names(v)
	for _, past := range all {
		row, err := c.pastBulkRow(v, n, past)
		if err != nil {
			return err
		}
		p.Acts = append(p.Acts, row)
	}
	if j := c.bulks.of(v.s.Staff); j != nil {
		s := j.shot()
		p.Job = &s
	}
	return v.render("bulks", v.t.T("console.bulk.title"), p)
}

func (c *console) pastBulkRow(v *visit, n *names, past token.PastBulk) (row pastBulkRow, err error) {
	row = pastBulkRow{PastBulk: past, Title: v.t.T("console.bulk.acts." + string(past.Bulk.Act)), Badge: v.badge("console.status.import", past.State)}
	row.Who, err = n.of(v.ctx(), past.By)
	return row, err
}

type pastBulkPage struct {
	*visit
	pastBulkRow
	Facts []ui.Fact
	Bar   *ui.Meter // while it runs
}

// pastBulk shows one act of the past, or one that runs, on whichever node.
func (c *console) pastBulk(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	past, err := c.Care.Bulk(v.ctx(), id)
	if err != nil {
		return err
	}
	row, err := c.pastBulkRow(v, c.names(v), past)
	if err != nil {
		return err
	}
	p := pastBulkPage{visit: v, pastBulkRow: row, Facts: v.pastBulkFacts(row)}
	live := past.State == "running"
	if live {
		const all = 100
		n := past.Rows()
		percent := int(n * all / max(past.Total, 1))
		p.Bar = &ui.Meter{Label: v.t.N("console.bulk.rows", int(n)), Value: percent, Max: all, Tone: ui.Info, Text: v.t.T("console.job.percent", "n", percent)}
	}
	return v.kit.Render(v.w, v.r, ui.Page{Name: "bulk-past", Title: row.Title, Data: p, Form: v.form, Live: live})
}

func (v *visit) pastBulkFacts(p pastBulkRow) []ui.Fact {
	facts := append(v.bulkFacts(p.Bulk),
		ui.Fact{Name: v.t.T("console.imports.by"), Value: p.Who},
		ui.Fact{Name: v.t.T("console.imports.began"), Value: v.moment(p.Created)},
		ui.Fact{Name: v.t.T("console.imports.ended"), Value: v.moment(p.Ended), Note: p.Reason},
		ui.Fact{Name: v.t.T("console.bulk.total"), Value: v.t.Number(p.Total)},
		ui.Fact{Name: v.t.T("console.bulk.result.done"), Value: v.t.Number(p.Done)},
		ui.Fact{Name: v.t.T("console.bulk.result.unchanged"), Value: v.t.Number(p.Unchanged)},
		ui.Fact{Name: v.t.T("console.bulk.result.refused"), Value: v.t.Number(p.Refused)},
		ui.Fact{Name: v.t.T("console.bulk.digest_list"), Value: hex.EncodeToString(p.Payload), Mono: true, Note: v.t.T("console.bulk.digest_list_note")})
	if p.Report != nil {
		facts = append(facts, ui.Fact{Name: v.t.T("console.imports.digest.report"), Value: hex.EncodeToString(p.Report), Mono: true, Note: v.t.T("console.imports.digest.report_note")})
	}
	return facts
}

// Allowed reports whether a proposal allowed it.
func (p pastBulkPage) Allowed() bool { return !p.Proposal.IsZero() }
