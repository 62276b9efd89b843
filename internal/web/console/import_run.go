package console

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// check starts the dry run of an uploaded file.
func (c *console) check(j *job) error {
	report, err := private(c.TempDir)
	if err != nil {
		return err
	}
	j.begin(report)
	if !j.move(uploading, checking) {
		return fault.Conflictf("console.import_gone", "This import was discarded.")
	}
	c.work(j, broken, func(ctx context.Context) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		j.mu.Lock()
		j.stop = stop
		gone := j.gone
		j.mu.Unlock()
		if gone {
			stop()
		}
		in := j.input()
		in.Set, in.Now = c.Policies.Active(), c.Now()
		sum, err := c.Tokens.Preview(ctx, in)
		j.end(sum, err, checked, broken)
	})
	return nil
}

// runImport imports what was checked.
func (c *console) runImport(v *visit) error {
	j, err := c.myJob(v)
	if err != nil {
		return err
	}
	if err := c.startImport(v.s.Actor(), j, v.form.Value("mode") == "whole"); err != nil {
		return v.again(err, func(v *visit) error { return c.showJob(v, j.snapshot()) })
	}
	return v.to("/import/" + j.id.String())
}

// startImport puts the seeds of a checked file into stock, behind the request.
// It is the one way by which the console does so. Where the policies want a second
// member of staff it takes a job that presents the file of an approved proposal, and
// the mode is that of the proposal.
func (c *console) startImport(by audit.Actor, j *job, whole bool) error {
	if j.approved.IsZero() {
		if err := c.Policies.Active().FourEyes.Direct(policy.ActImport); err != nil {
			return err
		}
	} else {
		whole = j.snapshot().Whole
	}
	report, err := private(c.TempDir)
	if err != nil {
		return err
	}
	if !j.move(checked, importing) {
		closeFile(report)
		return fault.Conflictf("console.import_state", "This import is under way or has ended already.")
	}
	j.begin(report)
	j.mu.Lock()
	j.whole = whole
	j.mu.Unlock()
	c.work(j, failed, func(ctx context.Context) {
		in := j.input()
		in.Set = c.Policies.Active()
		sum, err := c.importFile(ctx, by, j.approved, in)
		j.end(sum, err, finished, failed)
		c.recount()
		if fault.KindOf(err) == fault.Internal && err != nil {
			c.Log.LogAttrs(ctx, slog.LevelError, "an import failed", slog.Any("by", by), slog.String("error", err.Error()))
		}
	})
	return nil
}

// work runs a part of a job behind the request. A file that makes the reader
// panic ends its own job and nothing else.
func (c *console) work(j *job, wrong jobState, f func(context.Context)) {
	c.Go(func(ctx context.Context) {
		defer func() {
			if r := recover(); r != nil {
				c.Log.LogAttrs(ctx, slog.LevelError, "panic in an import", slog.String("panic", fmt.Sprint(r)), slog.String("stack", string(debug.Stack())))
				j.end(token.Summary{}, fmt.Errorf("panic: %v", r), wrong, wrong)
			}
		}()
		f(ctx)
	})
}

// discardImport throws a job away: what was imported stays.
func (c *console) discardImport(v *visit) error {
	j, err := c.myJob(v)
	if err != nil {
		return err
	}
	if j.snapshot().State == importing {
		return fault.Conflictf("console.import_state", "The import runs and cannot be stopped here. It ends by itself.")
	}
	c.jobs.remove(j)
	return v.done("/imports", "console.job.discarded")
}
