package console

import (
	"io"
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type bulkPage struct {
	*visit
	bulkShot
	Text    string
	Facts   []ui.Fact
	Problem string // what ended it
	Two     bool   // the policies want a second person
	Final   bool   // it cannot be undone
}

// bulkJob shows an act on many tokens: how far it is, what would become of them, or
// what did. While it works the page asks again by itself.
func (c *console) bulkJob(v *visit) error {
	j, err := c.myBulk(v)
	if err != nil {
		return err
	}
	return c.showBulk(v, j)
}

func (c *console) myBulk(v *visit) (*bulkJob, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	return c.bulks.get(v.s.Staff, id)
}

func (c *console) showBulk(v *visit, j *bulkJob) error {
	p := bulkPage{
		visit: v, bulkShot: j.shot(), Text: v.t.N("console.bulk.what."+string(j.bulk.Act), len(j.bulk.Tokens)), Facts: v.bulkFacts(j.bulk),
		Two: j.bulk.FourEyes(c.Policies.Active().FourEyes).Needs(policy.ActBulk), Final: j.bulk.Act == device.Retire || j.bulk.Act == device.Return,
	}
	for i, g := range p.Groups {
		rows := make([]token.BulkRow, len(g.Rows)) // those of the job stay as they are
		for n, r := range g.Rows {
			rows[n] = v.told(r)
		}
		p.Groups[i].Rows = rows
	}
	if p.Fault != nil {
		p.Problem = v.t.Fault(p.Fault)
	}
	return v.kit.Render(v.w, v.r, ui.Page{Name: "bulk", Title: v.t.T("console.bulk.state." + string(p.State)), Data: p, Form: v.form, Live: p.Busy()})
}

// told is a row whose reason is said in the visitor's language. The report has it as
// the log has it.
func (v *visit) told(r token.BulkRow) token.BulkRow {
	why := "console.bulk.why." + strings.TrimPrefix(r.Code, "token.")
	switch {
	case r.Code == "":
	case v.t.Has(why) && r.From != "":
		r.Reason = v.t.T(why, "state", v.t.T("console.status.device."+string(r.From)))
	case v.t.Has(why):
		r.Reason = v.t.T(why)
	default:
		r.Reason = v.t.Fault(&fault.Error{Kind: fault.Conflict, Code: r.Code, Detail: r.Reason})
	}
	return r
}

// Bar is the progress of what runs.
func (p bulkPage) Bar() ui.Meter {
	return ui.Meter{
		Label: p.t.N("console.bulk.rows", int(p.Rows)), Value: p.Percent(), Max: 100, Tone: ui.Info,
		Text: p.t.T("console.job.percent", "n", p.Percent()),
	}
}

// Step is the step of the flow, from 1.
func (p bulkPage) Step() int {
	switch p.State {
	case checked, running:
		return 3
	case finished:
		return 5 // all are done
	case uploading, checking, broken, importing, failed, proposing, proposed:
	}
	return 2
}

// Heading says how far it is.
func (p bulkPage) Heading() string { return p.t.T("console.bulk.state." + string(p.State)) }

// Counted reports whether rows were counted.
func (p bulkPage) Counted() bool {
	return p.State == checked || p.State == finished || p.State == failed && p.Sum.Rows() > 0
}

// Startable reports whether the member may go on from here.
func (p bulkPage) Startable() bool {
	return p.State == checked && p.Sum.Done > 0 && p.s.Can(staff.TokenAssign)
}

// Doable is how many tokens the button says.
func (p bulkPage) Doable() int { return int(p.Sum.Done) }

// bulkReport sends the report of every row as JSON lines: the bytes whose digest
// the audit log has.
func (c *console) bulkReport(v *visit) error {
	j, err := c.myBulk(v)
	if err != nil {
		return err
	}
	report := j.complete()
	if report == nil {
		return fault.Conflictf("console.import_report", "The report is not complete yet.")
	}
	info, err := report.Stat()
	if err != nil {
		return err
	}
	v.lift()
	http.ServeContent(v.attach("application/jsonl; charset=utf-8", "bulk-report.jsonl"), v.r, "", j.began, io.NewSectionReader(report, 0, info.Size()))
	return nil
}
