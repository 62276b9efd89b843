package token

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// AuditRead is the audit record of a manual resynchronization.
const AuditRead = "token.resynchronized_by_hand"

// Reading is what staff read off a token, with the customer on the phone.
type Reading struct {
	Target
	Policy string // whose bounds count; as in Resync
	// Counter is the number of the token's next code; nil for a token without an
	// event counter.
	Counter *int64
	// Clock is the time that the token shows, as long ago as it took to say it; zero
	// for a token without a clock.
	Clock time.Time
}

// Read is what a reading changed.
type Read struct {
	Moved int64         // events that the counter advanced
	Drift time.Duration // of the token's clock; positive: it is ahead
	Wait  time.Duration // how long codes of the token are refused yet, because later ones were accepted before its clock went back
}

// ResyncByHand takes a counter or a clock as read off the token (F-4.5).
// Nothing proves it: the key counts as unproven until its next good code, which is
// searched in the windows of first use. It spends no code, and it leaves the
// failure counter as it is.
//
// A counter never goes down, and goes up by events.resync at most; a clock moves
// by time.resync and stays within time.max_drift. Either is taken only where the
// policy's resync.counter or resync.clock says so, and from staff and applications
// only.
//
// Faults: those of the warrant; "token.unknown", "token.not_theirs",
// "token.state", "token.expired", "token.no_key", "token.policy",
// "token.resync_nothing", "token.resync_customer"; "token.reading_form",
// "token.reading_off", "token.counter_down", "token.counter_far",
// "token.clock_far".
func (u *Upkeep) ResyncByHand(ctx context.Context, by audit.Actor, why Warrant, r Reading) (out Read, err error) {
	if by.Kind == audit.CustomerKind {
		return out, fault.Deniedf("token.resync_customer", "Please call the help desk: what a token shows is entered there only.")
	}
	x, err := u.steppable(ctx, by, why, r.Target, r.Policy)
	if err != nil {
		return out, err
	}
	if err := x.checkReading(r); err != nil {
		return out, err
	}
	err = u.settle(ctx, x.subject, func(tx *db.Tx) error {
		out = Read{}
		if r.Counter != nil {
			if err := x.readCounter(tx, *r.Counter); err != nil {
				return err
			}
			out.Moved = *r.Counter - x.key.Next
		}
		if !r.Clock.IsZero() {
			out.Drift = r.Clock.Sub(x.now)
			if out.Wait, err = x.readClock(tx, out.Drift); err != nil {
				return err
			}
		}
		x.record(tx, AuditRead, map[string]any{"key": x.key.KeyID, "moved": out.Moved, "drift_seconds": int64(out.Drift / time.Second)})
		return nil
	})
	if err != nil {
		return Read{}, err
	}
	return out, nil
}

// checkReading says what of a reading cannot be taken.
func (x *resyncing) checkReading(r Reading) error {
	allowed := x.policy.Resync
	switch {
	case r.Counter == nil && r.Clock.IsZero():
		return fault.Invalidf("token.reading_form", "Give the counter or the clock that the token shows.")
	case r.Counter != nil && !x.key.Counted():
		return fault.Invalidf("token.reading_form", "This token has no event counter: give the clock that it shows.").WithField("counter")
	case !r.Clock.IsZero() && !x.key.Timed():
		return fault.Invalidf("token.reading_form", "This token has no clock: give the counter that it shows.").WithField("clock")
	case r.Counter != nil && !allowed.Counter:
		return fault.Conflictf("token.reading_off", "The policy %s takes no counters read off tokens: use codes of the token.", x.policy.Code).WithField("counter")
	case !r.Clock.IsZero() && !allowed.Clock:
		return fault.Conflictf("token.reading_off", "The policy %s takes no clocks read off tokens: use codes of the token.", x.policy.Code).WithField("clock")
	}
	if r.Counter != nil {
		if err := x.checkCounter(*r.Counter); err != nil {
			return err
		}
	}
	if !r.Clock.IsZero() {
		return x.checkClock(r.Clock.Sub(x.now))
	}
	return nil
}

func (x *resyncing) checkCounter(at int64) error {
	switch far := int64(x.policy.Events.Resync); {
	case at < x.key.Next:
		return counterDown(x.key.Next - at)
	case at-x.key.Next > far:
		return fault.Invalidf("token.counter_far", "The counter is %d ahead of the one that is known, and the policy allows %d: read it again, or replace the token.", at-x.key.Next, far).WithField("counter")
	}
	return nil
}

func counterDown(by int64) error {
	return fault.Conflictf("token.counter_down", "The counter is %d lower than the one that is known, and a counter never goes down: codes below it may have been used. Read it again; if it is right, have the token show %d more codes first.", by, by).WithField("counter")
}

func (x *resyncing) checkClock(drift time.Duration) error {
	step := x.key.step()
	now, t := steps(drift, step), x.policy.Time
	move := now - x.key.Drift
	if off := max(now, -now); off > t.MaxDrift {
		return fault.Invalidf("token.clock_far", "The token's clock is off by %s, and the policy allows %s: read it again, with date and time zone; if it is right, replace the token.",
			round(drift), time.Duration(t.MaxDrift)*step).WithField("clock")
	}
	if max(move, -move) > t.Resync {
		return fault.Invalidf("token.clock_far", "The token's clock is %s from where it was, and the policy allows it to move by %s at once: read it again, with date and time zone.",
			round(time.Duration(move)*step), time.Duration(t.Resync)*step).WithField("clock")
	}
	return nil
}

// round makes a duration fit for people.
func round(d time.Duration) time.Duration {
	d = max(d, -d)
	if d > time.Hour {
		return d.Round(time.Minute)
	}
	return d.Round(time.Second)
}

// readCounter moves the counter up. It stood no higher when it was checked; if it
// does now, somebody else was faster.
func (x *resyncing) readCounter(tx *db.Tx, at int64) error {
	n, err := tx.Exec(`UPDATE token_key SET next_value = $3, proven = 0, resync_first = 0 WHERE device = $1 AND key_id = $2 AND next_value <= $3`,
		x.Device, x.key.KeyID, at)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("token.counter_down", "The token was used or resynchronized meanwhile, beyond this counter: look at it again.").WithField("counter")
	}
	_, err = tx.Exec("DELETE FROM token_restored WHERE device = $1 AND key_id = $2", x.Device, x.key.KeyID)
	return err
}

// readClock sets the drift of all keys in the token: there is one clock in it. It
// returns how long it takes until the token reaches the first step of the key that
// is not spent.
func (x *resyncing) readClock(tx *db.Tx, drift time.Duration) (wait time.Duration, err error) {
	if err := x.shareClock(tx, drift); err != nil {
		return 0, err
	}
	step := x.key.step()
	first := "" // a counter that must be found first is not found by a clock
	if !x.key.Counted() {
		first = ", resync_first = 0"
	}
	_, err = tx.Exec("UPDATE token_key SET proven = 0"+first+" WHERE device = $1 AND key_id = $2", x.Device, x.key.KeyID)
	if x.key.Algorithm == TOTP {
		starts := time.Unix(x.key.Epoch, 0).Add(time.Duration(x.key.Next) * step)
		wait = max(starts.Sub(x.now.Add(drift)), 0)
	}
	return wait, err
}
