package interaction

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/policy"
)

// errStale says that another node learned at the same moment.
var errStale = errors.New("interaction: somebody else learned this")

// Learn teaches up to n patterns what happened long enough ago, and returns how many there
// were to teach. Any node may do it: of two that take up one pattern the slower does nothing.
func (d *Desk) Learn(ctx context.Context, n int) (done int, err error) {
	var due []kept
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		due = nil
		return tx.Each("SELECT customer, companion FROM interaction_pattern WHERE due_at <= $1 ORDER BY due_at LIMIT $2", []any{tx.Now, n}, func(r db.Row) error {
			var k kept
			err := r.Scan(&k.customer, &k.primary)
			due = append(due, k)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	for _, k := range due {
		one := d.write(ctx, func(tx *db.Tx) error { return d.learn(tx, k.customer, k.primary) })
		if one != nil && !errors.Is(one, errStale) {
			err = errors.Join(err, one)
		}
	}
	return len(due), err
}

// learn teaches one pattern.
func (d *Desk) learn(tx *db.Tx, customer, primary ident.ID) error {
	r := d.rules()
	k, found, err := load(tx, customer, primary)
	if err != nil || !found || k.due.IsZero() || k.due.After(tx.Now) {
		return err // another node was faster
	}
	until := r.schedule.Until(tx.Now)
	c, found, err := companion.Get(tx, customer, primary)
	if err != nil {
		return err
	}
	choice, err := chosen(tx, customer)
	if err != nil {
		return err
	}
	if !found || c.Status != device.Active || !choice.Learn || r.Mode == policy.InteractionOff {
		if err := settle(tx, k, until, dropped); err != nil {
			return err
		}
		return d.store(tx, k, k.learned, r)
	}
	if k.learned == nil {
		if err := inherit(tx, d, &k, c); err != nil {
			return err
		}
	}
	s, err := d.pattern(k, r.options)
	if err != nil {
		return err
	}
	if err := d.teach(tx, k, s, until); err != nil {
		return err
	}
	return d.store(tx, k, d.Ring.Seal(learnedLabel, primary, s.Append(nil)), r)
}

// inherit gives a new primary what was learned of the one that it replaces: the newest of the same kind that
// its owner removed or lost. A customer who buys a phone keeps their habits, and a thief who
// enrolls one gains nothing by habits that are not theirs. The old one's is moved, not copied.
func inherit(tx *db.Tx, d *Desk, k *kept, c companion.Companion) error {
	all, err := companion.Ever(tx, c.Customer)
	if err != nil {
		return err
	}
	for _, old := range slices.Backward(all) {
		gone := old.Status == device.Retired || old.Status == device.Lost
		if old.ID == c.ID || old.Kind != c.Kind || !gone || old.Number > c.Number {
			continue
		}
		was, found, err := load(tx, c.Customer, old.ID)
		if err != nil {
			return err
		}
		if !found || was.learned == nil {
			continue
		}
		plain, err := d.Ring.Open(learnedLabel, old.ID, was.learned)
		if err != nil {
			return err
		}
		k.learned = d.Ring.Seal(learnedLabel, c.ID, plain)
		_, err = tx.Exec("UPDATE interaction_pattern SET learned = NULL, version = version + 1 WHERE customer = $1 AND companion = $2", c.Customer, old.ID)
		return err
	}
	return nil
}

// teach learns the hours that ended before a moment, but for those that are disputed.
func (d *Desk) teach(tx *db.Tx, k kept, s *pattern.State, until time.Time) error {
	events, err := d.events(tx, k, "state = 'waiting' AND from_at <= $3", until)
	if err != nil {
		return err
	}
	disputes, err := disputed(tx, k.customer)
	if err != nil {
		return err
	}
	offset := 0
	var b pattern.Builder
	for i := range events {
		if e := &events[i]; !ends(e).After(until) && !disputes.has(e.At) {
			b.Add(e)
			offset = e.Offset
		}
	}
	if err := admit(tx, s, k, offset); err != nil {
		return err
	}
	b.Take(until, func(x *pattern.Slot) { s.Learn(x) })
	return settle(tx, k, until, learned)
}

// ends returns when the civil hour of an event is over.
func ends(e *pattern.Event) time.Time {
	next := int64(pattern.HourOf(e.At, e.Offset)) + 1
	return time.Unix(next*3600-int64(e.Offset)*60, 0).UTC()
}

// settle marks the batches of which all hours are over. An hour is over at the latest an
// hour after its newest event.
func settle(tx *db.Tx, k kept, until time.Time, state string) error {
	_, err := tx.Exec("UPDATE interaction_batch SET state = $3 WHERE customer = $1 AND companion = $2 AND state = 'waiting' AND until_at <= $4",
		k.customer, k.primary, state, until.Add(-time.Hour))
	return err
}

// pause is how long a pattern rests after a lesson: phones report several times an hour, and
// one lesson takes in all that came.
const pause = 6 * time.Hour

// store writes what was learned, and when there is more to learn.
func (d *Desk) store(tx *db.Tx, k kept, sealed []byte, r rules) error {
	var oldest time.Time
	if err := tx.Row("SELECT MIN(until_at) FROM interaction_batch WHERE customer = $1 AND companion = $2 AND state = 'waiting'", k.customer, k.primary).Scan(&oldest); err != nil {
		return err
	}
	var due any
	if !oldest.IsZero() {
		due = later(oldest.Add(time.Hour+r.LearnAfter), tx.Now.Add(pause))
	}
	n, err := tx.Exec(`UPDATE interaction_pattern SET learned = $3, version = version + 1, changed_at = $4, due_at = $5
		WHERE customer = $1 AND companion = $2 AND version = $6`, k.customer, k.primary, sealed, tx.Now, due, k.version)
	if err == nil && n == 0 {
		return errStale
	}
	return err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// events returns the events of batches that a condition names, in the order of a builder.
// Arguments of the condition begin at $3.
func (d *Desk) events(tx *db.Tx, k kept, where string, args ...any) (events []pattern.Event, err error) {
	err = tx.Each("SELECT id, events FROM interaction_batch WHERE customer = $1 AND companion = $2 AND "+where+" ORDER BY from_at, id", append([]any{k.customer, k.primary}, args...), func(r db.Row) error {
		var id ident.ID
		var sealed []byte
		if err := r.Scan(&id, &sealed); err != nil {
			return err
		}
		plain, err := d.Ring.Open(eventsLabel, id, sealed)
		if err != nil {
			return err
		}
		more, err := decode(plain)
		events = append(events, more...)
		return err
	})
	slices.SortStableFunc(events, func(a, b pattern.Event) int { return a.Compare(&b) })
	return events, err
}

// admit lets the devices of a customer count from the end of their quarantine on, and
// forgets those that are gone.
func admit(tx *db.Tx, s *pattern.State, k kept, offset int) error {
	all, err := companion.Of(tx, k.customer)
	if err != nil {
		return err
	}
	admitAll(s, all, k.primary, offset)
	return nil
}

func admitAll(s *pattern.State, all []companion.Companion, primary ident.ID, offset int) {
	var here pattern.Set
	for i := range all {
		c := &all[i]
		if c.ID == primary || c.Status == device.Lost || c.Status == device.Retired {
			continue
		}
		n := pattern.Number(c.Number) //nolint:gosec // a short number
		here.Add(n)
		s.Admit(n, pattern.HourOf(c.Counts, offset)+1)
	}
	known := s.Devices()
	for n := range known.All() {
		if !here.Has(n) {
			s.Remove(n)
		}
	}
}
