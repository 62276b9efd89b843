package push

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// State says in one word whether pushes reach a token. The zero value is Unbound.
type State string

// States of a binding; the transitions are in the package comment.
const (
	Unbound State = ""        // it was never bound, or its phone wants no pushes
	Fresh   State = "new"     // nothing was sent yet
	Reached State = "reached" // the push service took the last one; whether the phone showed it nobody knows
	Failing State = "failing" // the last one failed
	Over    State = "gone"    // the phone must register anew: open the application
	Taking  State = "moved"   // pushes go where those of the former token went, until the phone has registered
)

// Health is what people may know of a token's pushes (S-10).
type Health struct {
	State   State
	Service string    // host of the push service
	Reason  Reason    // of the last failure, "" after a success
	Bound   time.Time // when the phone registered
	Success time.Time // zero: never
	Failure time.Time // zero: never
	Gone    time.Time // zero: it is in use
}

// Works reports whether there is no reason to doubt that pushes reach the phone.
func (h Health) Works() bool { return h.State == Fresh || h.State == Reached }

// Health returns the bindings of a customer, by token. A token that has none is not in it,
// and reads as the zero value: Unbound.
func (d *Desk) Health(ctx context.Context, customer ident.ID) (all map[ident.ID]Health, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = map[ident.ID]Health{}
		return tx.Each("SELECT token, service, moved, failures, reason, bound_at, success_at, failure_at, gone_at FROM push_binding WHERE customer = $1", []any{customer}, func(r db.Row) error {
			var token ident.ID
			var h Health
			var moved bool
			var failures int64
			err := r.Scan(&token, &h.Service, &moved, &failures, &h.Reason, &h.Bound, &h.Success, &h.Failure, &h.Gone)
			h.State = state(h, moved, failures)
			all[token] = h
			return err
		})
	})
	return all, err
}

func state(h Health, moved bool, failures int64) State {
	switch {
	case !h.Gone.IsZero():
		return Over
	case moved:
		return Taking
	case failures > 0:
		return Failing
	case h.Success.IsZero():
		return Fresh
	}
	return Reached
}
