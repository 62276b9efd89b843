package idserver

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// system is who judges what nobody looks at, in the audit log.
var system = audit.System("identity")

// place names a request.
type place struct {
	Customer ident.ID `json:"customer"`
	ID       ident.ID `json:"id"`
}

// Ended is told by the signature server that a transaction has ended, in the database transaction of it:
// the request that it was asked for is judged, whether its service comes to look or not.
// Transactions that were asked for by others leave nothing.
func (d *Desk) Ended(tx *db.Tx, t mobileid.Transaction) error {
	r, found, err := of(tx, t.Customer, t.Handle)
	if err != nil || !found || r.State != Pending {
		return err
	}
	payload, err := json.Marshal(place{r.Customer, r.ID})
	if err != nil {
		return err
	}
	return d.Outbox.Put(tx, outbox.Message{ID: r.ID, Kind: MessageJudge, Customer: r.Customer, Payload: payload})
}

// Examiner judges requests whose transactions have ended: the outbox handler of MessageJudge.
type Examiner struct{ *Desk }

var (
	_ outbox.Handler    = Examiner{}
	_ outbox.Undertaker = Examiner{}
)

// Deliver implements outbox.Handler. What cannot be judged now is tried again for a day.
func (e Examiner) Deliver(ctx context.Context, m outbox.Message) error {
	var p place
	if err := json.Unmarshal(m.Payload, &p); err != nil {
		return outbox.Permanent(err)
	}
	pending, err := e.examine(ctx, p)
	if err == nil && !pending {
		return nil
	}
	return fault.Unavailablef(err, "identity.no_status", "The status of the certificate cannot be learned now. Please try again later.").WithRetry(judgeAgain(m.Attempts))
}

// examine judges a request if it is to be judged; true while that is not possible.
func (d *Desk) examine(ctx context.Context, p place) (pending bool, err error) {
	var r request
	var now time.Time
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		r, pending, err = byID(tx, p.Customer, p.ID)
		return err
	})
	if err != nil || !pending || r.State != Pending {
		return false, err
	}
	t, err := d.Signers.Get(ctx, mobileid.AnyProvider, r.Transaction)
	if err != nil || t.Status.Open() { // its end leaves a message of its own
		return false, err
	}
	err = d.decide(ctx, system, &r, &t, now)
	return r.State == Pending, err
}

// longestWait is the longest time between two tries to judge.
const longestWait = 4 * time.Hour

// judgeAgain is how long to wait after so many tries: twice as long each time, so that the tries that a message
// has (outbox.Config.Attempts, 20) last longer than patience, and the first ones come soon.
func judgeAgain(attempts int) time.Duration {
	const doubled = 14 // 1 s << 14 is longer than longestWait
	if shift := attempts - 1; shift < doubled {
		return time.Second << max(shift, 0)
	}
	return longestWait
}

// Buried implements outbox.Undertaker: what could not be judged is not granted.
func (e Examiner) Buried(tx *db.Tx, m outbox.Message, _ string) error {
	return giveUp(tx, place{m.Customer, m.ID})
}

// giveUp denies a request that could not be judged.
func giveUp(tx *db.Tx, p place) error {
	r, found, err := byID(tx, p.Customer, p.ID)
	if err != nil || !found {
		return err
	}
	settled, err := r.settle(tx, Denied, Unjudged, "")
	if err == nil && settled {
		r.record(tx, system, AuditDenied, decided{Kind: r.Kind, Reason: Unjudged})
	}
	return err
}
