package console

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
)

// previewBulk starts the dry run of a list.
func (c *console) previewBulk(j *bulkJob) error {
	return c.workBulk(j, uploading, checking, func(ctx context.Context) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		j.mu.Lock()
		j.stop = stop
		gone := j.gone
		j.mu.Unlock()
		if gone {
			stop()
		}
		sum, err := c.Care.PreviewBulk(ctx, j.bulk, j.add)
		j.end(sum, err, checked)
	})
}

// runBulk does what was checked, where the policies leave it to one person.
func (c *console) runBulk(v *visit) error {
	j, err := c.myBulk(v)
	if err != nil {
		return err
	}
	err = j.bulk.FourEyes(c.Policies.Active().FourEyes).Direct(policy.ActBulk)
	if err == nil {
		err = c.startBulk(v.s.Actor(), j, checked, ident.ID{})
	}
	if err != nil {
		return v.again(err, func(v *visit) error { return c.showBulk(v, j) })
	}
	return v.to("/bulk/" + j.id.String())
}

// startBulk acts on the tokens, behind the request: by a proposal that was approved,
// or without one where none is needed. The domain asks again whether it may.
func (c *console) startBulk(by audit.Actor, j *bulkJob, from jobState, proposal ident.ID) error {
	report := token.BulkReport{Sink: j.add, Begun: j.named}
	return c.workBulk(j, from, running, func(ctx context.Context) {
		var sum token.BulkSummary
		act := func(ctx context.Context, w foureyes.Warrant) (err error) {
			sum, err = c.Care.RunBulk(ctx, by, j.bulk, w, report)
			return err
		}
		var err error
		if proposal.IsZero() {
			err = act(ctx, foureyes.Warrant{})
		} else {
			_, err = c.Proposals.CarryOut(ctx, by, proposal, j.bulk.Payload(), act)
		}
		j.end(sum, err, finished)
		c.recount()
		if err != nil && fault.KindOf(err) == fault.Internal {
			c.Log.LogAttrs(ctx, slog.LevelError, "a bulk act failed", slog.Any("by", by), slog.String("error", err.Error()))
		}
	})
}

// workBulk runs a part of a job behind the request, with a report of its own.
func (c *console) workBulk(j *bulkJob, from, to jobState, f func(context.Context)) error {
	report, err := private(c.TempDir)
	if err != nil {
		return err
	}
	if !j.begin(from, to, report) {
		closeFile(report)
		return fault.Conflictf("console.bulk_state", "This is under way or has ended already.")
	}
	c.Go(func(ctx context.Context) {
		defer func() {
			if r := recover(); r != nil {
				c.Log.LogAttrs(ctx, slog.LevelError, "panic in a bulk act", slog.String("panic", fmt.Sprint(r)), slog.String("stack", string(debug.Stack())))
				j.end(token.BulkSummary{}, fmt.Errorf("panic: %v", r), failed)
			}
		}()
		f(ctx)
	})
	return nil
}

// proposeBulk lets somebody else decide about what was checked.
func (c *console) proposeBulk(v *visit) error {
	j, err := c.myBulk(v)
	if err != nil {
		return err
	}
	again := func(v *visit) error { return c.showBulk(v, j) }
	if s := j.shot(); s.State != checked {
		return v.again(fault.Conflictf("console.bulk_state", "This is under way or has ended already."), again)
	}
	p, err := c.Proposals.Propose(v.ctx(), v.s.Actor(), foureyes.New{Act: policy.ActBulk, Payload: j.bulk.Payload(), Reason: j.bulk.Reason})
	if err != nil {
		return v.again(err, again)
	}
	c.bulks.remove(j)
	return v.done("/proposals/"+p.ID.String(), "console.proposal.done.made")
}

// runProposal carries an approved act on many tokens out, with a job of whoever
// starts it, so that they can follow it and have its report.
func (c *console) runProposal(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	p, err := c.Proposals.Get(v.ctx(), id)
	switch {
	case err != nil:
		return err
	case !v.mayRun(p.Act):
		return fault.Deniedf("console.permission", "Your role does not include this. Ask an administrator if you need it.")
	case p.Act != policy.ActBulk:
		return v.again(fault.Conflictf("foureyes.present", "This act needs something that the proposal does not hold."), c.proposal)
	case p.State != foureyes.Approved:
		return v.again(fault.Conflictf("foureyes.decided", "The proposal is %s already.", p.State), c.proposal)
	}
	b, err := token.ParseBulk(p.Payload)
	if err != nil {
		return err
	}
	j := &bulkJob{id: ident.New(v.now, c.Rand), owner: v.s.Staff, bulk: b, began: v.now, state: uploading, proposal: id}
	if err := c.bulks.open(j); err != nil {
		return v.again(err, c.proposal)
	}
	if err := c.startBulk(v.s.Actor(), j, uploading, id); err != nil {
		c.bulks.remove(j)
		return err
	}
	return v.to("/bulk/" + j.id.String())
}

// mayRun reports whether the member may carry an approved act out.
func (v *visit) mayRun(act policy.Act) bool {
	return v.s.Can(staff.Approve) || v.s.Can(staff.PermissionFor(act))
}

// discardBulk forgets a list or a report: what was done stays.
func (c *console) discardBulk(v *visit) error {
	j, err := c.myBulk(v)
	if err != nil {
		return err
	}
	if j.shot().State == running {
		return fault.Conflictf("console.bulk_state", "It runs and cannot be stopped here. It ends by itself.")
	}
	c.bulks.remove(j)
	return v.done("/bulks", "console.bulk.discarded")
}
