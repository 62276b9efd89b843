package risk

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Of lists up to limit (1 to 500) events of a customer since a moment (zero: all), newest first;
// before is the id of the last one that was seen, zero for the beginning; kind may be
// empty.
func (r *Review) Of(ctx context.Context, customer ident.ID, kind string, since time.Time, before ident.ID, limit int) (all []Event, err error) {
	if limit < 1 || limit > 500 {
		return nil, invalid("limit", "A page has 1 to 500 events.")
	}
	c := &conditions{}
	c.add("customer = ?", customer)
	if !since.IsZero() {
		c.add("created_at >= ?", since)
	}
	if kind != "" {
		c.add("kind = ?", kind)
	}
	if !before.IsZero() {
		c.add("id < ?", before)
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+eventColumns+" FROM risk_event WHERE "+c.sql+" ORDER BY id DESC LIMIT "+text(limit), c.args, func(row db.Row) error {
			var e Event
			err := e.scan(row)
			all = append(all, e)
			return err
		})
	})
	return all, err
}

// See returns the address of an event to somebody, and leaves a record that they saw
// it; "" when there was none or it was swept. Fault: "risk.unknown" (NotFound).
func (r *Review) See(ctx context.Context, by audit.Actor, customer, id ident.ID) (address string, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := find(tx, customer, id)
		if err != nil {
			return err
		}
		if address, err = r.address(&e); err == nil && address != "" {
			e.record(tx, AuditAddress, by, nil)
		}
		return err
	})
	return address, err
}

// Bins is how many bars a histogram of scores has; each is 50 points wide.
const Bins = 20

// Day is what was decided on one day of the bank.
type Day struct {
	From    time.Time
	Decided Confusion
	Fraud   Confusion // of these, confirmed as frauds since
	Scores  [Bins]int64
}

// Days counts the events of the last n days (1 to 92), oldest first; the last day is
// under way. It reads all events of that time: keep what it says for a while.
func (r *Review) Days(ctx context.Context, n int) (days []Day, err error) {
	if n < 1 || n > 92 {
		return nil, invalid("days", "Ask for 1 to 92 days.")
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		days = make([]Day, n)
		now := tx.Now
		if r.Zone != nil {
			now = now.In(r.Zone)
		}
		y, m, d := now.Date()
		for i := range days {
			from := time.Date(y, m, d-n+1+i, 0, 0, 0, 0, now.Location())
			days[i].From = from
			if err := days[i].count(tx, from, from.AddDate(0, 0, 1)); err != nil {
				return err
			}
		}
		return nil
	})
	return days, err
}

// sqlDay is answered by the index risk_event_figures alone.
const sqlDay = `SELECT decision, label, score / 50, COUNT(*) FROM risk_event WHERE created_at >= $1 AND created_at < $2 GROUP BY decision, label, score / 50`

// count asks for one day.
func (d *Day) count(tx *db.Tx, from, to time.Time) error {
	return tx.Each(sqlDay,
		[]any{from, to}, func(row db.Row) error {
			var decision, label string
			var bin, n int64
			if err := row.Scan(&decision, &label, &bin, &n); err != nil {
				return err
			}
			d.Decided.more(score.Decision(decision), n)
			if Label(label) == Fraud {
				d.Fraud.more(score.Decision(decision), n)
			}
			d.Scores[max(0, min(bin, Bins-1))] += n
			return nil
		})
}

// more counts n events.
func (c *Confusion) more(d score.Decision, n int64) {
	switch d {
	case score.Allow:
		c.Allow += n
	case score.Block:
		c.Block += n
	case score.StepUp:
		c.StepUp += n
	}
}

// Stored counts the events from one time up to another: those that a backtest tries.
func (r *Review) Stored(ctx context.Context, from, to time.Time) (n int64, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM risk_event WHERE created_at > $1 AND created_at < $2", from, to).Scan(&n)
	})
	return n, err
}

// Entry returns an entry of a list; the fault "risk.unknown" when it is on none.
func (r *Review) Entry(ctx context.Context, id ident.ID) (e Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row("SELECT id, list, kind, subject, note, created_by, created_at, expires_at FROM risk_list WHERE id = $1", id).
			Scan(&e.ID, &e.List, &e.Kind, &e.Subject, &e.Note, &e.By, &e.Created, &e.Expires)
		return unlisted(err)
	})
	return e, err
}

func unlisted(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return fault.NotFoundf("risk.unknown", "There is no such entry: it may have expired.")
	}
	return err
}
