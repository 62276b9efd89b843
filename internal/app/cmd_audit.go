package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
)

// auditCmd reads the log.
type auditCmd struct {
	Verify  auditVerifyCmd  `cmd:"" help:"Check every record, tile and checkpoint, also against an anchor."`
	Tail    auditTailCmd    `cmd:"" help:"Print the newest records."`
	Explain auditExplainCmd `cmd:"" help:"Show a record and the proof that the log contains it."`
	Key     auditKeyCmd     `cmd:"" help:"Print the public key that checkpoints are verified with."`
}

type auditVerifyCmd struct {
	Anchor string `placeholder:"FILE" help:"Checkpoint that was kept outside the database; by default this node's anchor file."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run verifies the log.
func (v auditVerifyCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		anchor, err := fileAnchor(a.Config.Audit.Anchor).Load()
		if v.Anchor != "" {
			anchor, err = readFile(v.Anchor)
		}
		if err != nil {
			return err
		}
		bar := e.progress("verifying")
		report, err := a.Audit.Verify(e.ctx, anchor, func(done, total int64) { bar.set("records", done, total) })
		bar.end()
		if err != nil {
			return err
		}
		if err := v.print(e, report); err != nil {
			return err
		}
		if !report.OK() {
			return fmt.Errorf("the audit log is not intact: %d findings", report.Total)
		}
		return nil
	})
}

func (v auditVerifyCmd) print(e *env, r audit.Report) error {
	if v.JSON {
		return e.json(r)
	}
	for _, f := range r.Findings {
		if err := e.line(fmt.Sprintf("%s %s: %s", f.Code, f.Record, f.Detail)); err != nil {
			return err
		}
	}
	anchored := "without an anchor: a cut-off end cannot be told"
	if r.Anchored >= 0 {
		anchored = fmt.Sprintf("anchored at %d records", r.Anchored)
	}
	return e.line(fmt.Sprintf("%d records sealed, %d not sealed yet, %d erased, epoch %d, root %s, %s.", r.Size, r.Unsealed, r.Erased, r.Epoch, r.Root, anchored))
}

type auditTailCmd struct {
	Lines  int           `short:"n" default:"20" help:"How many records, 1 to 500."`
	Kind   string        `help:"Only this kind, or a beginning of it with a dot at the end, such as \"token.\"."`
	Follow bool          `short:"f" help:"Go on with new records until interrupted."`
	Every  time.Duration `default:"1s" help:"How often to look for new records."`
	JSON   bool          `name:"json" help:"One JSON object a line."`
}

// Run prints records, oldest first.
func (t auditTailCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		page, err := a.Audit.Find(e.ctx, audit.Filter{Kind: t.Kind}, "", t.Lines)
		if err != nil {
			return err
		}
		for i := len(page.Entries) - 1; i >= 0; i-- {
			if err := t.print(e, page.Entries[i]); err != nil {
				return err
			}
		}
		if !t.Follow {
			return nil
		}
		return t.follow(e, a, page)
	})
}

// follow prints what arrives after a page was read.
func (t auditTailCmd) follow(e *env, a *App, seen audit.Page) error {
	known := map[string]bool{}
	for _, x := range seen.Entries {
		known[x.ID.String()] = true
	}
	tick := time.NewTicker(t.Every)
	defer tick.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return nil
		case <-tick.C:
		}
		page, err := a.Audit.Find(e.ctx, audit.Filter{Kind: t.Kind}, "", 500)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		fresh := map[string]bool{}
		for i := len(page.Entries) - 1; i >= 0; i-- {
			x := page.Entries[i]
			fresh[x.ID.String()] = true
			if !known[x.ID.String()] {
				if err := t.print(e, x); err != nil {
					return err
				}
			}
		}
		known = fresh
	}
}

func (t auditTailCmd) print(e *env, x audit.Entry) error {
	if t.JSON {
		return e.jsonLine(x)
	}
	return e.line(fmt.Sprintf("%s  %-34s %-40s %s %s %s", x.At.Format("2006-01-02 15:04:05.000"), x.Kind, x.Actor, x.Customer, x.Object, x.Details))
}

type auditExplainCmd struct {
	Record string `arg:"" help:"Id of the record, as tail prints it with --json."`
	JSON   bool   `name:"json" help:"Print the proof as JSON, for a program to check."`
}

// Run explains a record.
func (x auditExplainCmd) Run(e *env, c *cli) error {
	id, err := audit.ParseID(x.Record)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		if x.JSON {
			p, err := a.Audit.Prove(e.ctx, id)
			if err != nil {
				return err
			}
			return e.json(p)
		}
		ex, err := a.Audit.Explain(e.ctx, id)
		if err != nil {
			return err
		}
		return e.line(ex.String())
	})
}

type auditKeyCmd struct{}

// Run prints the verifier key.
func (auditKeyCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error { return e.line(a.Audit.VerifierKey()) })
}

// tools runs a command on an open node that serves nothing.
func (e *env) tools(c *cli, f func(*App) error) error {
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	a, err := s.openTools(e.ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}
