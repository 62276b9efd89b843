package risk

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/written"
)

// Confusion counts the events of one label by what was decided.
type Confusion struct { //nolint:recvcheck // counting fills it, the rest only look
	Allow  int64 `json:"allow"`
	StepUp int64 `json:"step_up"`
	Block  int64 `json:"block"`
}

func (c *Confusion) add(d score.Decision) {
	switch d {
	case score.Allow:
		c.Allow++
	case score.Block:
		c.Block++
	case score.StepUp:
		c.StepUp++
	}
}

// All is how many events were counted.
func (c Confusion) All() int64 { return c.Allow + c.StepUp + c.Block }

// Backtest is what rules would have decided for stored events.
type Backtest struct {
	Events  int64               `json:"events"`
	Before  map[Label]Confusion `json:"before"` // what was decided, by label
	After   map[Label]Confusion `json:"after"`  // what these rules would have decided
	Fired   map[string]int64    `json:"fired"`  // by code of the rule
	Shadow  map[string]int64    `json:"shadow"` // by code of the rule
	Failed  map[string]int64    `json:"failed"` // rules that could not be evaluated
	Stopped bool                `json:"stopped"`
}

// StepUpRate returns the share of events that were, or would have been, stepped up
// or blocked.
func StepUpRate(m map[Label]Confusion) float64 {
	var all, stopped int64
	for _, c := range m {
		all += c.All()
		stopped += c.StepUp + c.Block
	}
	if all == 0 {
		return 0
	}
	return float64(stopped) / float64(all)
}

// backtestPage is how many events are read at a time.
const backtestPage = 1000

// Try tries rules on the stored events from one time up to another: what the models
// said stays as it was, and what the rules say is asked anew. Nothing is changed.
// When ctx ends, the report is about the events until then and says so (Stopped).
// progress, which may be nil, is told how many events are done. [Review.StartTrial]
// does the same behind the requests, and keeps the report.
func (d *Desk) Try(ctx context.Context, rules score.Rules, from, to time.Time, progress func(int64)) (Backtest, error) {
	w := newWalk(rules, newBacktest(), cursor{At: from}, to)
	for more := true; more; {
		var err error
		more, err = d.step(ctx, w)
		if w.report.Stopped = ctx.Err() != nil; w.report.Stopped {
			err = nil // whatever failed failed because of it
		}
		if err != nil || w.report.Stopped {
			return w.report, err
		}
		if progress != nil {
			progress(w.report.Events)
		}
	}
	return w.report, nil
}

// walk goes through stored events.
type walk struct {
	rules   score.Rules
	report  Backtest
	next    cursor
	to      time.Time
	readers readers
}

func newBacktest() Backtest {
	return Backtest{Before: map[Label]Confusion{}, After: map[Label]Confusion{}, Fired: map[string]int64{}, Shadow: map[string]int64{}, Failed: map[string]int64{}}
}

func newWalk(rules score.Rules, report Backtest, next cursor, to time.Time) *walk {
	return &walk{rules, report, next, to, readers{written.New[score.Facts](), written.New[[]score.Term]()}}
}

// step judges a page of events, and reports whether there are more. When it fails the
// report has part of the page.
func (d *Desk) step(ctx context.Context, w *walk) (more bool, err error) {
	page, err := d.page(ctx, w.next, w.to)
	for i := 0; i < len(page) && err == nil; i++ {
		if err = ctx.Err(); err == nil {
			err = w.report.replay(w.rules, &w.readers, &page[i])
		}
	}
	if err != nil || len(page) == 0 {
		return false, err
	}
	w.next = page[len(page)-1].cursor
	return len(page) == backtestPage, nil
}

// cursor is where a page of events begins: behind this one.
type cursor struct {
	At       time.Time `json:"at"`
	Customer ident.ID  `json:"customer"`
	ID       ident.ID  `json:"id"`
}

// storedEvent is what a replay needs of an event.
type storedEvent struct {
	cursor

	decision, label, facts, models string
}

// readers read what stands in the columns of a stored event.
type readers struct {
	facts  *written.Reader[score.Facts]
	models *written.Reader[[]score.Term]
}

// page reads the next events.
func (d *Desk) page(ctx context.Context, c cursor, to time.Time) (all []storedEvent, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = make([]storedEvent, 0, backtestPage)
		return tx.Each(`SELECT created_at, customer, id, decision, label, facts, models FROM risk_event
			WHERE (created_at, customer, id) > ($1, $2, $3) AND created_at < $4 ORDER BY created_at, customer, id LIMIT $5`,
			[]any{c.At, c.Customer[:], c.ID[:], to, backtestPage}, func(r db.Row) error {
				var e storedEvent
				err := r.Scan(&e.At, &e.Customer, &e.ID, &e.decision, &e.label, &e.facts, &e.models)
				all = append(all, e)
				return err
			})
	})
	return all, err
}

// replay judges one stored event.
func (b *Backtest) replay(rules score.Rules, r *readers, e *storedEvent) error {
	f, err := r.facts.Read(e.facts)
	if err != nil {
		return damaged(err)
	}
	terms, err := r.models.Read(e.models)
	if err != nil {
		return damaged(err)
	}
	result, verdict := engine.Replay(rules, &f, terms)
	b.Events++
	label := Label(e.label)
	before, after := b.Before[label], b.After[label]
	before.add(score.Decision(e.decision))
	after.add(result.Decision)
	b.Before[label], b.After[label] = before, after
	for _, t := range verdict.Terms {
		b.Fired[t.Code]++
	}
	for _, code := range verdict.Shadow {
		b.Shadow[code]++
	}
	for _, x := range verdict.Failures {
		b.Failed[x.Code]++
	}
	return nil
}

func damaged(err error) error {
	return fault.New(fault.Internal, "risk.damaged", "A stored event cannot be read.").WithCause(err)
}

// DryRun judges one stored event by other rules. Nothing is changed. Fault:
// "risk.unknown" (NotFound).
func (d *Desk) DryRun(ctx context.Context, rules score.Rules, customer, id ident.ID) (score.Result, score.Verdict, error) {
	e, err := d.Find(ctx, customer, id)
	if err != nil {
		return score.Result{}, score.Verdict{}, err
	}
	result, verdict := engine.Replay(rules, &e.Facts, e.Models)
	return result, verdict, nil
}
