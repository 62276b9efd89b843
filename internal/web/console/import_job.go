package console

import (
	"io"
	"net/http"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type jobPage struct {
	*visit
	snapshot
	Problem string // what ended it
	Clean   bool   // nothing refused, nothing there already
	Empty   bool
	Modes   []ui.Choice
	Two     bool // it has to be proposed
}

// job shows an import: how far it is, what the check found, or what became of it.
// While it works the page asks again by itself.
func (c *console) job(v *visit) error {
	j, err := c.myJob(v)
	if err != nil {
		return err
	}
	return c.showJob(v, j.snapshot())
}

func (c *console) myJob(v *visit) (*job, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	return c.jobs.get(v.s.Staff, id)
}

// Counted reports whether rows were counted.
func (p jobPage) Counted() bool {
	return p.State == checked || p.State == proposing || p.State == finished || p.State == failed && p.Sum.Rows() > 0
}

// Over reports whether the job has come to its end.
func (p jobPage) Over() bool {
	return p.State == broken || p.State == finished || p.State == failed || p.State == proposed
}

// Importable is how many tokens the button says.
func (p jobPage) Importable() int { return int(p.Sum.Imported) }

// Step is the step of the flow, from 1.
func (p jobPage) Step() int {
	switch p.State {
	case checking, broken:
		return 2
	case checked, importing, proposing, running, failed:
		return 3
	case finished, proposed:
		return 5 // all are done
	case uploading:
	}
	return 1
}

// Bar is the progress of what runs.
func (p jobPage) Bar() ui.Meter {
	return ui.Meter{
		Label: p.t.N("console.job.rows", int(p.Rows)), Value: p.Percent(), Max: 100, Tone: ui.Info,
		Text: p.t.T("console.job.percent", "n", p.Percent()),
	}
}

func (c *console) showJob(v *visit, s snapshot) error {
	p := jobPage{visit: v, snapshot: s, Clean: s.Sum.Refused+s.Sum.Duplicate == 0, Empty: s.Sum.Imported == 0}
	p.Two = s.Approved.IsZero() && c.Policies.Active().FourEyes.Needs(policy.ActImport)
	if s.Fault != nil {
		p.Problem = s.Fault.Detail // technical: as the reader of the file says it
		if fault.KindOf(s.Fault) == fault.Internal {
			p.Problem = v.t.Fault(s.Fault)
		}
	}
	p.Modes = []ui.Choice{{Value: "rows", Text: v.t.T("console.upload.rows")}, {Value: "whole", Text: v.t.T("console.upload.whole")}}
	if v.form.Value("mode") == "" {
		mode := "rows"
		if s.Whole {
			mode = "whole"
		}
		v.form.Set("mode", mode)
	}
	return v.kit.Render(v.w, v.r, ui.Page{Name: "job", Title: v.t.T("console.job." + string(s.State)), Data: p, Form: v.form, Live: s.Busy()})
}

// jobReport sends the report of every row as JSON lines: the bytes whose digest
// the audit log has.
func (c *console) jobReport(v *visit) error {
	j, err := c.myJob(v)
	if err != nil {
		return err
	}
	report := j.complete()
	if report == nil {
		return fault.Conflictf("console.import_report", "The report is not complete yet.")
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/jsonl; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="import-report.jsonl"`)
	info, err := report.Stat()
	if err != nil {
		return err
	}
	v.lift()
	http.ServeContent(v.w, v.r, "", j.began, io.NewSectionReader(report, 0, info.Size()))
	return nil
}
