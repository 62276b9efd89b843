package foureyes

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

const (
	beatEvery = 20 * time.Second // signs of life of a run
	deadAfter = 5 * time.Minute  // without one: longer than any single transaction of an act
)

// Execute carries an approved long act out and returns when it has ended; ctx
// ending breaks it off, as failed. Faults:
//
//	foureyes.unknown (NotFound)
//	those of Permit (Denied)
//	foureyes.not_approved, foureyes.decided, foureyes.expired (Conflict)
//	foureyes.failed (Conflict): the act has become impossible; the proposal is closed
//	foureyes.present (Conflict): the act needs something that is not stored, see CarryOut
//	any that the act returns: the proposal has failed
func (d *Desk) Execute(ctx context.Context, by audit.Actor, id ident.ID) (Proposal, error) {
	return d.carry(ctx, by, id, func(p Proposal) (func(context.Context, Warrant) error, error) {
		run := d.Executors[p.Act].Run
		if run == nil {
			return nil, fault.Conflictf("foureyes.present", "This act needs something that the proposal does not hold, such as the file of an import: present it where the act is done.")
		}
		return func(ctx context.Context, w Warrant) error { return run(ctx, by, w) }, nil
	})
}

// CarryOut has f do the act of an approved proposal with something that is not
// stored, such as a file. The payload is computed from what is presented now;
// another one than was approved is the fault "foureyes.other" (Conflict), and the
// proposal stays as it is. Otherwise as Execute.
func (d *Desk) CarryOut(ctx context.Context, by audit.Actor, id ident.ID, payload []byte, f func(context.Context, Warrant) error) (Proposal, error) {
	return d.carry(ctx, by, id, func(p Proposal) (func(context.Context, Warrant) error, error) {
		if p.Digest != digestOf(p.Act, payload) {
			return nil, other()
		}
		return f, nil
	})
}

// carry claims an approved proposal, has its act done and notes how it ended.
func (d *Desk) carry(ctx context.Context, by audit.Actor, id ident.ID, how func(Proposal) (func(context.Context, Warrant) error, error)) (p Proposal, err error) {
	var act func(context.Context, Warrant) error
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if p, err = find(tx, id); err != nil {
			return err
		}
		if err := d.Permit(tx, by, p.Act, Runner); err != nil {
			return err
		}
		if act, err = how(p); err != nil {
			return err
		}
		p, err = d.claim(tx, by, id)
		return err
	})
	if stop, ok := errors.AsType[impossible](err); ok {
		return d.fail(ctx, by, id, Approved, "", stop.error)
	}
	if err != nil {
		return p, err
	}
	defer func() {
		if r := recover(); r != nil {
			_, _ = d.finish(ctx, by, p, fault.New(fault.Internal, "foureyes.panic", "Something went wrong on our side."))
			panic(r)
		}
	}()
	w, end := p.warrant()
	defer end()
	return d.finish(ctx, by, p, d.alive(ctx, p, func(ctx context.Context) error { return act(ctx, w) }))
}

// claim makes an approved proposal ours to carry out, for good.
func (d *Desk) claim(tx *db.Tx, by audit.Actor, id ident.ID) (Proposal, error) {
	n, err := tx.Exec(`UPDATE proposal SET state = 'running', runner = $2, beat_at = $3
		WHERE id = $1 AND state = 'approved' AND expires_at > $3 AND decider <> proposer`, id, by.String(), tx.Now)
	if err != nil {
		return Proposal{}, err
	}
	p, err := find(tx, id)
	switch {
	case err != nil:
		return p, err
	case n == 0 && p.State == Open:
		return p, fault.Conflictf("foureyes.not_approved", "Nobody has approved the proposal yet.")
	case n == 0:
		return p, p.closed()
	}
	p.record(tx, AuditStarted, by, "")
	return p, d.possible(tx, p)
}

// alive runs f and gives signs of life meanwhile.
func (d *Desk) alive(ctx context.Context, p Proposal, f func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(beatEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				d.beat(ctx, p, stop)
			}
		}
	})
	defer wg.Wait()
	defer stop()
	return f(ctx)
}

// beat gives one sign of life. A run that was taken for dead is broken off: nobody
// must see a failed proposal go on.
func (d *Desk) beat(ctx context.Context, p Proposal, stop func()) {
	var n int64
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE proposal SET beat_at = $2 WHERE id = $1 AND state = 'running'", p.ID, tx.Now)
		return err
	})
	switch {
	case err != nil && ctx.Err() == nil:
		d.Log.WarnContext(ctx, "a run could not give its sign of life; it is tried again", slog.String("proposal", p.ID.String()), slog.Any("error", err))
	case err == nil && n == 0:
		stop()
	}
}

// finish notes how a run ended, although ctx may be over.
func (d *Desk) finish(ctx context.Context, by audit.Actor, p Proposal, cause error) (Proposal, error) {
	to, kind, why := Executed, AuditExecuted, ""
	if cause != nil {
		to, kind, why = Failed, AuditFailed, fault.From(cause).Detail
		if errors.Is(cause, context.Canceled) {
			why = "It was broken off."
		}
	}
	err := d.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE proposal SET state = $2, ended_at = $3, outcome = $4 WHERE id = $1 AND state = 'running'", p.ID, string(to), tx.Now, why)
		if err != nil {
			return err
		}
		if p, err = find(tx, p.ID); err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("foureyes.interrupted", "The act gave no sign of life for %s and was taken for dead. The audit log says what it did.", deadAfter)
		}
		p.record(tx, kind, by, why)
		return nil
	})
	return p, errors.Join(cause, err)
}

// Sweep closes up to limit runs whose node is dead. Whether their acts had been
// completed is not known; the audit log tells.
func (d *Desk) Sweep(ctx context.Context, limit int) (closed int64, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		closed = 0
		dead := tx.Now.Add(-deadAfter)
		return tx.Each("SELECT "+light+" FROM proposal WHERE state = 'running' AND beat_at < $1 LIMIT $2", []any{dead, limit}, func(r db.Row) error {
			var p Proposal
			if err := p.scan(r, tx.Now); err != nil {
				return err
			}
			const why = "The node that carried it out stopped. The audit log says what was done."
			n, err := tx.Exec("UPDATE proposal SET state = 'failed', ended_at = $2, outcome = $3 WHERE id = $1 AND state = 'running' AND beat_at < $4", p.ID, tx.Now, why, dead)
			if err != nil || n == 0 {
				return err
			}
			closed++
			p.record(tx, AuditFailed, audit.System("foureyes"), why)
			return nil
		})
	})
	return closed, err
}
