package risk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// TrialState is how a test of rules on the past stands.
type TrialState string

// The states. Only one that is running changes; see the package comment.
const (
	TrialRunning  TrialState = "running"
	TrialDone     TrialState = "done"
	TrialCanceled TrialState = "canceled"
	TrialFailed   TrialState = "failed"
)

// Trial is a test of rules on stored events ([Desk.Try]) that runs behind the requests.
// Its report is in the database: every node shows it, and a restart loses nothing.
type Trial struct {
	ID       ident.ID
	By       string // who started it, as the log names them
	Rules    int64  // the version that is tried, 0 for the preset
	Document []byte // the rules themselves
	From, To time.Time
	Total    int64 // events there were when it began
	State    TrialState
	Report   Backtest // so far
	Failure  string   // code of the fault that ended it; "" for none
	Began    time.Time
	Ended    time.Time
}

// NewTrial is what is to be tried.
type NewTrial struct {
	Rules    int64  // number of the version, 0 for the preset
	Document []byte // its text
	From, To time.Time
}

// StartTrial begins a test; [Review.WorkTrials] of any node does it. Faults: "risk.rules"
// (Invalid), "risk.trial_busy" (Conflict) when the actor has one under way.
func (r *Review) StartTrial(ctx context.Context, by audit.Actor, n NewTrial) (t Trial, err error) {
	if _, err := r.compile(n.Document); err != nil {
		return t, err
	}
	total, err := r.Stored(ctx, n.From, n.To)
	if err != nil {
		return t, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		t = Trial{ID: ident.New(tx.Now, r.Rand), By: by.String(), Rules: n.Rules, Document: n.Document, From: n.From.UTC(), To: n.To.UTC(), Total: total, State: TrialRunning, Report: newBacktest(), Began: tx.Now}
		made, err := tx.Exec(`INSERT INTO risk_trial (id, started_by, rules, document, from_at, to_at, total, state, report, place, failure, started_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $9, '', $10) ON CONFLICT DO NOTHING`,
			t.ID, t.By, t.Rules, string(t.Document), t.From, t.To, t.Total, text(t.Report), text(cursor{At: t.From}), t.Began)
		if err != nil {
			return err
		}
		if made == 0 {
			return fault.Conflictf("risk.trial_busy", "A test of yours is under way. Wait until it has ended, or cancel it.")
		}
		t.record(tx, AuditTried, by)
		return nil
	})
	return t, err
}

func (t *Trial) record(tx *db.Tx, kind string, by audit.Actor) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Object: "risk_trial:" + t.ID.String(), Details: map[string]any{"rules": t.Rules, "from": t.From, "to": t.To, "events": t.Report.Events}})
}

// CancelTrial ends a test at once; what it has found until then stays. Faults:
// "risk.trial_unknown" (NotFound), "risk.trial_ended" (Conflict).
func (r *Review) CancelTrial(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE risk_trial SET state = 'canceled', ended_at = $2, worker = NULL, lease_until = NULL WHERE id = $1 AND state = 'running'", id, tx.Now)
		if err != nil {
			return err
		}
		t, err := findTrial(tx, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("risk.trial_ended", "This test has ended already.")
		}
		t.record(tx, AuditTrialEnded, by)
		return nil
	})
}

const trialColumns = "id, started_by, rules, document, from_at, to_at, total, state, report, failure, started_at, ended_at"

func (t *Trial) scan(r db.Row) error {
	var doc, state, report string
	if err := r.Scan(&t.ID, &t.By, &t.Rules, &doc, &t.From, &t.To, &t.Total, &state, &report, &t.Failure, &t.Began, &t.Ended); err != nil {
		return err
	}
	t.Document, t.State, t.Report = []byte(doc), TrialState(state), newBacktest()
	if err := json.Unmarshal([]byte(report), &t.Report); err != nil {
		return damaged(err)
	}
	return nil
}

func findTrial(tx *db.Tx, id ident.ID) (t Trial, err error) {
	err = t.scan(tx.Row("SELECT "+trialColumns+" FROM risk_trial WHERE id = $1", id))
	if errors.Is(err, db.ErrNoRow) {
		return t, fault.NotFoundf("risk.trial_unknown", "There is no such test.")
	}
	return t, err
}

// Trial returns a test as it stands. Fault: "risk.trial_unknown" (NotFound).
func (r *Review) Trial(ctx context.Context, id ident.ID) (t Trial, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = findTrial(tx, id)
		return err
	})
	return t, err
}

// Trials lists up to limit tests (1 to 200) of all people before one, newest first; the
// zero id for the beginning.
func (r *Review) Trials(ctx context.Context, before ident.ID, limit int) (all []Trial, err error) {
	if limit < 1 || limit > MaxPage {
		return nil, invalid("limit", "A page has 1 to 200 tests.")
	}
	c := &conditions{}
	c.add("1 = 1")
	if !before.IsZero() {
		c.add("id < ?", before)
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+trialColumns+" FROM risk_trial WHERE "+c.sql+" ORDER BY id DESC LIMIT "+text(limit), c.args, func(row db.Row) error {
			var t Trial
			err := t.scan(row)
			all = append(all, t)
			return err
		})
	})
	return all, err
}
