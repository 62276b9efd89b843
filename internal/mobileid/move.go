package mobileid

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
)

// system is who does what nobody orders, in the audit log.
var system = audit.System("mobileid")

// outcome is what a transition leaves in the row besides the state.
type outcome struct {
	reason    Reason
	signature []byte
	tries     int
	card      []byte
}

// move is the compare-and-swap of a transition, from the transaction as it was read: false when it
// is not possible, or somebody else was first. Who waits is woken.
func (d *Desk) move(tx *db.Tx, t *Transaction, to Status, o outcome) (bool, error) {
	if !t.Status.To(to) {
		return false, nil
	}
	var delivered, answered, ended any
	switch to {
	case Delivered:
		delivered = tx.Now
	case Signed:
		answered = tx.Now
	default:
		ended = tx.Now
		if t.Status.Waiting() && to != Withdrawn && to != TimedOut && to != Undelivered {
			answered = tx.Now
		}
	}
	n, err := tx.Exec(`UPDATE mobile_id_request SET status = $4, reason = $5, delivered_at = COALESCE(delivered_at, $6), answered_at = COALESCE(answered_at, $7), ended_at = $8,
		signature = COALESCE(signature, $9), tries = $10, card_status = COALESCE(card_status, $11)
		WHERE customer = $1 AND id = $2 AND status IN ($3, $12)`, t.Customer, t.ID, string(t.Status), string(to), string(o.reason), delivered, answered, ended, o.signature, o.tries, o.card, string(t.after(to)))
	if err != nil || n == 0 {
		return false, err
	}
	t.Status, t.Reason = to, o.reason
	if answered != nil {
		t.Answered = tx.Now
	}
	if !to.Open() {
		t.Ended = tx.Now
	}
	is := *t
	tx.After(func() { d.told(is) })
	if d.Observe != nil && !to.Open() {
		took := tx.Now.Sub(t.Created)
		tx.After(func() { d.Observe(is.Kind, is.Status, took) })
	}
	return true, d.over(tx, is)
}

// over tells whoever keeps requests for signatures that one has ended.
func (d *Desk) over(tx *db.Tx, t Transaction) error {
	if d.Ended == nil || t.Kind != Signing || t.Status.Open() || !t.Authentication.IsZero() {
		return nil
	}
	t.Handle = d.handle(t.Customer, t.ID)
	return d.Ended(tx, t)
}

// told wakes who waits for a transaction, or for what was asked for an authentication.
func (d *Desk) told(t Transaction) {
	d.waiting.Tell(t.ID)
	if !t.Authentication.IsZero() {
		d.waiting.Tell(t.Authentication)
	}
}

// ended leaves the record of an end.
func (d *Desk) ended(tx *db.Tx, by audit.Actor, t Transaction) {
	kind := AuditEnded
	switch t.Status {
	case Valid:
		kind = AuditSigned
	case Reported:
		kind = AuditReport
	default:
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: t.Customer, Object: t.object(), Details: map[string]any{
		"kind": t.Kind, "status": t.Status, "reason": t.Reason, "provider": t.Provider, "role": t.Role.String(), "digest": hexText(t.Digest[:]), "signature": shownDigest(string(t.Signature)),
	}})
}

// expire writes that nobody answered in time, counts it, and ends what depends on it.
func (d *Desk) expire(tx *db.Tx, t *Transaction, x policy.MobileID) error {
	why := ServerTime
	if t.Withheld != "" {
		why = Withheld
	}
	moved, err := d.move(tx, t, TimedOut, outcome{reason: why, tries: -1})
	if err != nil || !moved {
		return err
	}
	d.ended(tx, system, *t)
	if t.Kind == Signing {
		return strike(tx, t.number, x)
	}
	return d.unmade(tx, *t)
}

// sweepDue ends requests that nobody answered in time.
func (d *Desk) sweepDue(tx *db.Tx, n int) (int64, error) {
	var due []Transaction
	err := tx.Each("SELECT "+transactionColumns+" FROM mobile_id_request WHERE status IN ('asked', 'delivered') AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
		[]any{tx.Now, n}, func(r db.Row) error {
			var t Transaction
			err := r.Scan(t.dest()...)
			due = append(due, t)
			return err
		})
	if err != nil {
		return 0, err
	}
	x := d.Policies.Active().MobileID
	for i := range due {
		if err := d.expire(tx, &due[i], x); err != nil {
			return 0, err
		}
	}
	return int64(len(due)), nil
}

// Ages at which what came to nothing is forgotten.
const (
	keepNothing = 90 * 24 * time.Hour
	keepPace    = 48 * time.Hour
)

// sweepOld deletes what is over for long.
func (d *Desk) sweepOld(tx *db.Tx, n int) (most int64, err error) {
	for _, x := range []struct {
		sql    string
		before time.Time
	}{
		{"DELETE FROM mobile_id_request WHERE (customer, id) IN (SELECT customer, id FROM mobile_id_request WHERE ended_at < $1 AND status <> 'valid' ORDER BY ended_at LIMIT $2)", tx.Now.Add(-keepNothing)},
		{"DELETE FROM mobile_id_request WHERE (customer, id) IN (SELECT customer, id FROM mobile_id_request WHERE ended_at < $1 AND status = 'valid' ORDER BY ended_at LIMIT $2)", tx.Now.Add(-d.Policies.Active().MobileID.Keep)},
		{"DELETE FROM mobile_id_pace WHERE number IN (SELECT number FROM mobile_id_pace WHERE since < $1 AND (blocked_until IS NULL OR blocked_until < $1) ORDER BY since LIMIT $2)", tx.Now.Add(-keepPace)},
		{"DELETE FROM mobile_id_ref WHERE (provider, ref) IN (SELECT provider, ref FROM mobile_id_ref WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)", tx.Now},
	} {
		done, err := tx.Exec(x.sql, x.before, n)
		if err != nil {
			return most, err
		}
		most = max(most, done)
	}
	return most, nil
}

// after is the state besides the one that was read from which a request may go to another: that the
// phone has it may be told at the same moment, and takes no answer, loss or withdrawal away.
func (t *Transaction) after(to Status) Status {
	if t.Status == Asked && Delivered.To(to) {
		return Delivered
	}
	return t.Status
}
