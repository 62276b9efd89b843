package interaction

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// How much around a denied request is disputed: whoever made it had the devices before and after.
const (
	disputedBefore = 12 * time.Hour
	disputedAfter  = 12 * time.Hour
)

// period is a time of which nothing is learned.
type period struct{ from, until time.Time }

// periods are those of one customer.
type periods []period

func (all periods) has(at time.Time) bool {
	for _, p := range all {
		if !at.Before(p.from) && at.Before(p.until) {
			return true
		}
	}
	return false
}

func disputed(tx *db.Tx, customer ident.ID) (all periods, err error) {
	err = tx.Each("SELECT from_at, until_at FROM interaction_dispute WHERE customer = $1", []any{customer}, func(r db.Row) error {
		var p period
		err := r.Scan(&p.from, &p.until)
		all = append(all, p)
		return err
	})
	return all, err
}

// Disown says that a request was not the customer's: what was reported half a day around it is never
// learned, and unlearned where it was. Customers need no proof: it takes trust away. Said again it
// changes nothing.
//
// Faults: "interaction.decision" (NotFound), "interaction.not_yours" (Denied).
func (d *Desk) Disown(ctx context.Context, by audit.Actor, customer, id ident.ID) (x Decision, err error) {
	err = d.write(ctx, func(tx *db.Tx) error {
		if by.Kind == audit.CustomerKind && by.ID != customer {
			_, err := entitled(tx, by, customer, nil)
			return err
		}
		if x, err = decision(tx, customer, id); err != nil || !x.Denied.IsZero() {
			return err
		}
		n, err := tx.Exec("UPDATE interaction_decision SET denied_at = $3 WHERE customer = $1 AND id = $2 AND denied_at IS NULL", customer, id, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		x.Denied = tx.Now
		return d.dispute(tx, by, x)
	})
	return x, err
}

// dispute keeps a period from being learned.
func (d *Desk) dispute(tx *db.Tx, by audit.Actor, x Decision) error {
	p := period{x.Created.Add(-disputedBefore), x.Created.Add(disputedAfter)}
	_, err := tx.Exec("INSERT INTO interaction_dispute (customer, id, from_at, until_at, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		x.Customer, ident.New(tx.Now, d.Rand), p.from, p.until, by.String(), tx.Now)
	if err != nil {
		return err
	}
	primaries, err := reporting(tx, x.Customer)
	if err != nil {
		return err
	}
	hours := 0
	for _, id := range primaries {
		n, err := d.unlearn(tx, x.Customer, id, p)
		if err != nil {
			return err
		}
		hours += n
	}
	audit.Record(tx, audit.Event{Kind: AuditDisowned, By: by, Customer: x.Customer, Object: "interaction:" + x.ID.String(), Details: map[string]any{"unlearned_hours": hours}})
	if d.Disowned == nil {
		return nil
	}
	return d.Disowned(tx, by, x)
}

// reporting returns the primaries of a customer of which something is kept.
func reporting(tx *db.Tx, customer ident.ID) (all []ident.ID, err error) {
	err = tx.Each("SELECT companion FROM interaction_pattern WHERE customer = $1", []any{customer}, func(r db.Row) error {
		var id ident.ID
		err := r.Scan(&id)
		all = append(all, id)
		return err
	})
	return all, err
}

// Moved hears that the state of a device changed, such as companion.Desk.Moved. What a primary told before it was suspended, lost, copied or
// removed is not learned, also where it comes back before the lesson: nobody knows since when somebody else had it.
func (d *Desk) Moved(tx *db.Tx, _ audit.Actor, c companion.Companion, kind string) error {
	switch kind {
	case companion.AuditSuspended, companion.AuditLost, companion.AuditCloned, companion.AuditRemoved:
	default:
		return nil
	}
	_, err := tx.Exec("UPDATE interaction_batch SET state = $3 WHERE customer = $1 AND companion = $2 AND state = $4", c.Customer, c.ID, dropped, waiting)
	if err == nil {
		_, err = tx.Exec("UPDATE interaction_pattern SET recent = NULL WHERE customer = $1 AND companion = $2", c.Customer, c.ID)
	}
	return err
}

// unlearn takes the hours of a period out of a pattern, as far as they were learned and can still
// be told.
func (d *Desk) unlearn(tx *db.Tx, customer, primary ident.ID, p period) (hours int, err error) {
	k, found, err := load(tx, customer, primary)
	if err != nil || !found || k.learned == nil {
		return 0, err
	}
	r := d.rules()
	s, err := d.pattern(k, r.options)
	if err != nil {
		return 0, err
	}
	// Whole hours, with what says where the primary was when they began.
	events, err := d.events(tx, k, "state = 'learned' AND from_at < $3 AND until_at > $4", p.until.Add(time.Hour), p.from.Add(-3*time.Hour))
	if err != nil {
		return 0, err
	}
	var b pattern.Builder
	for i := range events {
		b.Add(&events[i])
	}
	b.Take(tx.Now, func(x *pattern.Slot) {
		if x.Last.Before(p.from) || !x.Last.Before(p.until.Add(time.Hour)) {
			return
		}
		if s.Unlearn(x) {
			hours++
		}
	})
	if hours == 0 {
		return 0, nil
	}
	return hours, d.store(tx, k, d.Ring.Seal(learnedLabel, primary, s.Append(nil)), r)
}
