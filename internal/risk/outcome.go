package risk

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Sign tells that the customer has signed an event, or failed to: item is what
// with ("password", "sms", "hw_token"). A refused signature counts as a failure of
// the customer and leaves the event as it is. Faults: "risk.unknown" (NotFound),
// "risk.item" (Invalid), "risk.state" (Conflict).
func (d *Desk) Sign(ctx context.Context, by audit.Actor, customer, id ident.ID, item string, accepted bool) (e Event, err error) {
	if item == "" || !short(item, MaxText) {
		return e, invalid("item", "Name what it was signed with, in 1 to 128 characters.")
	}
	err = d.settle(ctx, customer, func(tx *db.Tx) error {
		if e, err = find(tx, customer, id); err != nil {
			return err
		}
		switch {
		case e.State == Signed && accepted && e.Item == item:
			return nil // told before
		case e.State != Created:
			return wrongState(e, "be signed")
		case !accepted:
			e.record(tx, AuditRefused, by, map[string]any{"item": item})
			return d.failed(tx, customer)
		}
		n, err := tx.Exec("UPDATE risk_event SET state = 'signed', item = $3, signed_at = $4 WHERE customer = $1 AND id = $2 AND state = 'created'", customer, id, item, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return errStale
		}
		e.State, e.Item, e.SignedAt = Signed, item, tx.Now
		e.record(tx, AuditSigned, by, map[string]any{"item": item})
		return nil
	})
	return e, err
}

// Complete tells that an event ended well: the customer is in, the payment is made.
// The models learn from it, once, when it was allowed, or stepped up and signed with
// success; what was not signed, or should have been blocked, teaches nothing until
// somebody confirms it. Telling it again changes nothing. Faults: "risk.unknown", "risk.state".
func (d *Desk) Complete(ctx context.Context, by audit.Actor, customer, id ident.ID) (Event, error) {
	return d.close(ctx, by, customer, id, Completed, AuditCompleted)
}

// Reject tells that an event ended badly: the bank or the customer stopped it.
// Nothing is learned but that the customer has had a failure.
func (d *Desk) Reject(ctx context.Context, by audit.Actor, customer, id ident.ID) (Event, error) {
	return d.close(ctx, by, customer, id, Rejected, AuditRejected)
}

func (d *Desk) close(ctx context.Context, by audit.Actor, customer, id ident.ID, to State, kind string) (e Event, err error) {
	err = d.settle(ctx, customer, func(tx *db.Tx) error {
		if e, err = find(tx, customer, id); err != nil {
			return err
		}
		switch e.State {
		case to:
			return nil // told before
		case Completed, Rejected:
			return wrongState(e, "end again")
		case Created, Signed:
		}
		teaches := to == Completed && e.Label != Fraud && (e.Result.Decision == score.Allow || e.Result.Decision == score.StepUp && e.State == Signed)
		n, err := tx.Exec("UPDATE risk_event SET state = $3, closed_at = $4, learned = $5 WHERE customer = $1 AND id = $2 AND state IN ('created', 'signed')",
			customer, id, string(to), tx.Now, teaches)
		if err != nil {
			return err
		}
		if n == 0 {
			return errStale
		}
		e.State, e.Closed, e.Learned = to, tx.Now, teaches
		e.record(tx, kind, by, map[string]any{"learned": teaches})
		if to == Completed {
			if err := e.spend(tx); err != nil {
				return err
			}
		}
		switch {
		case teaches:
			return d.learn(tx, &e)
		case to == Rejected:
			return d.failed(tx, customer)
		}
		return nil
	})
	return e, err
}

func wrongState(e Event, act string) error {
	return fault.Conflictf("risk.state", "The event is %s and cannot %s.", e.State, act)
}

// failed counts a failure of the customer.
func (d *Desk) failed(tx *db.Tx, customer ident.ID) error {
	p, version, err := loadProfile(tx, customer)
	if err != nil {
		return err
	}
	p.Failed(tx.Now)
	return saveProfile(tx, customer, &p, version)
}

// learn lets the profile and the counts learn from an event. The caller has marked
// it as learned in the same transaction.
func (d *Desk) learn(tx *db.Tx, e *Event) error {
	p, version, err := loadProfile(tx, e.Customer)
	if err != nil {
		return err
	}
	l := lesson{At: e.Facts.At}
	if e.Kind == score.KindPayment {
		for _, i := range e.Facts.Items {
			l.Payees = append(l.Payees, paid{Payee: i.Payee, First: p.Pay.Since(i.Payee).IsZero()})
		}
	}
	l.Deltas = p.Learn(e.ID, &e.Facts)
	if err := saveProfile(tx, e.Customer, &p, version); err != nil {
		return err
	}
	return d.teach(tx, l)
}

// unlearn takes out what an event taught.
func (d *Desk) unlearn(tx *db.Tx, e *Event) error {
	p, version, err := loadProfile(tx, e.Customer)
	if err != nil {
		return err
	}
	l := lesson{At: tx.Now, Deltas: p.Unlearn(e.ID, &e.Facts, tx.Now)}
	if err := saveProfile(tx, e.Customer, &p, version); err != nil {
		return err
	}
	return d.teach(tx, l)
}

// Feedback tells what people found an event to be. A confirmed fraud takes out what
// the event taught, and counts against its payees; an event found legitimate that
// ended well without teaching anything is learned now. The label can be changed:
// each change undoes the one before. note is for the log, up to 500 characters.
// Faults: "risk.unknown", "risk.label", "risk.note" (Invalid).
func (d *Desk) Feedback(ctx context.Context, by audit.Actor, customer, id ident.ID, label Label, note string) (e Event, err error) {
	if label != Fraud && label != Legitimate {
		return e, invalid("label", "An event is a fraud, or legitimate.")
	}
	if !short(note, 500) {
		return e, invalid("note", "A note has at most 500 printable characters.")
	}
	err = d.settle(ctx, customer, func(tx *db.Tx) error {
		e, err = d.label(tx, by, customer, id, label, note)
		return err
	})
	return e, err
}

// label sets what people found an event to be, and has the models follow.
func (d *Desk) label(tx *db.Tx, by audit.Actor, customer, id ident.ID, label Label, note string) (e Event, err error) {
	if e, err = find(tx, customer, id); err != nil || e.Label == label {
		return e, err
	}
	teaches := label == Legitimate && e.State == Completed
	n, err := tx.Exec("UPDATE risk_event SET label = $3, labeled_at = $4, learned = $5 WHERE customer = $1 AND id = $2 AND label = $6 AND learned = $7 AND state = $8",
		customer, id, string(label), tx.Now, teaches, string(e.Label), e.Learned, string(e.State))
	if err != nil {
		return e, err
	}
	if n == 0 {
		return e, errStale
	}
	was := e
	e.Label, e.Labeled, e.Learned = label, tx.Now, teaches
	e.record(tx, AuditLabeled, by, map[string]any{"label": label, "before": was.Label, "note": note})
	if err := d.blame(tx, &e, was.Label); err != nil {
		return e, err
	}
	if label == Legitimate {
		if err := d.clear(tx, by, &e); err != nil {
			return e, err
		}
	}
	switch {
	case teaches && !was.Learned:
		return e, d.learn(tx, &e)
	case !teaches && was.Learned:
		return e, d.unlearn(tx, &e)
	}
	return e, nil
}

// blame counts a fraud against the payees, or takes that back.
func (d *Desk) blame(tx *db.Tx, e *Event, before Label) error {
	n := 0.0
	switch {
	case e.Label == Fraud:
		n = 1
	case before == Fraud:
		n = -1
	}
	if n == 0 || e.Kind != score.KindPayment {
		return nil
	}
	l := lesson{At: tx.Now}
	for _, i := range e.Facts.Items {
		l.Payees = append(l.Payees, paid{Payee: i.Payee, Fraud: n})
	}
	return d.teach(tx, l)
}

// Find returns an event; the fault "risk.unknown" when the customer has none with
// the id.
func (d *Desk) Find(ctx context.Context, customer, id ident.ID) (e Event, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		e, err = find(tx, customer, id)
		return err
	})
	return e, err
}
