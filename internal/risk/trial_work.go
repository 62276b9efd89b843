package risk

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

const (
	// TrialLease is after how long another node goes on with the test of one that is
	// not heard of any more.
	TrialLease = time.Minute
	// pagesNoted is after how many pages the report is written down.
	pagesNoted = 8
)

// task is a trial in the hands of this node.
type task struct {
	Trial

	place  cursor
	worker ident.ID
}

// WorkTrials does the tests that nobody works on, until there is none. A test that
// begins again on another node goes on where its report was last written down. When ctx
// ends, what is under way is given back.
func (r *Review) WorkTrials(ctx context.Context) error {
	for ctx.Err() == nil {
		t, ok, err := r.takeTrial(ctx)
		if err != nil || !ok {
			return err
		}
		if err := r.work(ctx, t); err != nil {
			return err
		}
	}
	return ctx.Err()
}

const freeTrial = "state = 'running' AND (lease_until IS NULL OR lease_until <= $1)"

// takeTrial claims a test, by one conditional write.
func (r *Review) takeTrial(ctx context.Context) (t *task, ok bool, err error) {
	var id ident.ID
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT id FROM risk_trial WHERE "+freeTrial+" ORDER BY id LIMIT 1", tx.Now).Scan(&id)
	})
	if errors.Is(err, db.ErrNoRow) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		t = &task{worker: ident.New(tx.Now, r.Rand)}
		n, err := tx.Exec("UPDATE risk_trial SET worker = $2, lease_until = $3 WHERE id = $4 AND "+freeTrial, tx.Now, t.worker, tx.Now.Add(TrialLease), id)
		if ok = n == 1; err != nil || !ok {
			return err
		}
		if t.Trial, err = findTrial(tx, id); err != nil {
			return err
		}
		var place string
		if err := tx.Row("SELECT place FROM risk_trial WHERE id = $1", id).Scan(&place); err != nil {
			return err
		}
		return json.Unmarshal([]byte(place), &t.place)
	})
	return t, ok, err
}

// work judges events until the test is over, canceled, or ctx ends.
func (r *Review) work(ctx context.Context, t *task) error {
	rules, err := r.compile(t.Document)
	if err != nil {
		return r.fail(ctx, t, err)
	}
	w := newWalk(rules, t.Report, t.place, t.To)
	for pages := 1; ; pages++ {
		more, err := r.step(ctx, w)
		switch {
		case ctx.Err() != nil:
			return errors.Join(ctx.Err(), r.giveBack(context.WithoutCancel(ctx), t))
		case err != nil:
			return r.fail(ctx, t, err)
		case more && pages%pagesNoted != 1:
			continue
		}
		if mine, err := r.note(ctx, t, w, more); err != nil || !mine || !more {
			return err
		}
	}
}

// note writes the report down, and reports whether the test is still this node's: it is
// not when somebody canceled it.
func (r *Review) note(ctx context.Context, t *task, w *walk, more bool) (mine bool, err error) {
	state, set := TrialRunning, "lease_until = $6"
	if !more {
		state, set = TrialDone, "lease_until = NULL, worker = NULL, ended_at = $6"
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		at := tx.Now
		if more {
			at = at.Add(TrialLease)
		}
		n, err := tx.Exec("UPDATE risk_trial SET state = $3, report = $4, place = $5, "+set+" WHERE id = $1 AND worker = $2 AND state = 'running'",
			t.ID, t.worker, string(state), text(w.report), text(w.next), at)
		mine = n == 1
		return err
	})
	return mine, err
}

// giveBack lets any node go on at once.
func (r *Review) giveBack(ctx context.Context, t *task) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE risk_trial SET worker = NULL, lease_until = NULL WHERE id = $1 AND worker = $2 AND state = 'running'", t.ID, t.worker)
		return err
	})
}

// fail ends a test that cannot go on.
func (r *Review) fail(ctx context.Context, t *task, why error) error {
	r.Log.WarnContext(ctx, "a test of rules on the past failed", slog.String("trial", t.ID.String()), slog.Any("error", why))
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE risk_trial SET state = 'failed', failure = $3, ended_at = $4, worker = NULL, lease_until = NULL WHERE id = $1 AND worker = $2 AND state = 'running'",
			t.ID, t.worker, fault.From(why).Code, tx.Now)
		return err
	})
}
