package risk

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Session judges a login after its first factor. Faults: "risk.customer",
// "risk.reference", "risk.channel", "risk.agent", "risk.signals" (Invalid),
// "risk.reference_used" (Conflict), "risk.busy" (Unavailable). See [Desk.Guard]
// for what to do when it fails.
func (d *Desk) Session(ctx context.Context, by audit.Actor, c Call) (Assessment, error) {
	c.Session = ident.ID{}
	return d.create(ctx, by, score.KindSession, "", c, nil)
}

// Payment judges one payment, or a batch that is signed together: the riskiest one
// decides, and each has a score of its own. Further faults: "risk.payments",
// "risk.amount", "risk.payee", "risk.currency" (Invalid), "risk.unknown" (NotFound)
// for an unknown session.
func (d *Desk) Payment(ctx context.Context, by audit.Actor, typ string, c Call, payments []Payment) (Assessment, error) {
	items, err := d.items(payments)
	if err != nil {
		return Assessment{}, err
	}
	return d.create(ctx, by, score.KindPayment, typ, c, items)
}

// Action judges something else that a customer does, such as "phone.change",
// "email.change", "password.change", "device.add" ([engine.Sensitive] ones make a
// payment soon after riskier).
func (d *Desk) Action(ctx context.Context, by audit.Actor, typ string, c Call) (Assessment, error) {
	if typ == "" {
		return Assessment{}, invalid("type", "Name the action.")
	}
	return d.create(ctx, by, score.KindAction, typ, c, nil)
}

// create judges an event and stores it.
func (d *Desk) create(ctx context.Context, by audit.Actor, kind, typ string, c Call, items []score.Item) (a Assessment, err error) {
	if err := c.validate(); err != nil {
		return a, err
	}
	if !short(typ, MaxText) {
		return a, invalid("type", "A type has at most 128 printable characters.")
	}
	rules, version := d.Rules()
	request := d.request(kind, typ, &c, items)
	err = d.settle(ctx, c.Customer, func(tx *db.Tx) error {
		if old, again, err := repeated(tx, c.Customer, kind, c.Reference, request); err != nil || again {
			a = old
			return err
		}
		e, err := d.judge(tx, kind, typ, &c, items, rules)
		if err != nil {
			return err
		}
		e.Rules, e.request = version, request
		if err := e.insert(tx); err != nil {
			return err
		}
		if err := e.claim(tx, c.visit); err != nil {
			return err
		}
		a = e.assessment(false)
		e.record(tx, AuditJudged, by, map[string]any{"decision": e.Result.Decision, "score": e.Result.Score, "reasons": e.Result.Reasons(), "rules": version})
		return nil
	})
	return a, err
}

// request is a digest of what was asked, so that one reference cannot be used for
// two things.
func (d *Desk) request(kind, typ string, c *Call, items []score.Item) []byte {
	return d.Ring.MAC("risk.request", []byte(kind), []byte(typ), c.Session[:], []byte(c.Channel), []byte(c.Address.String()), []byte(c.Agent), []byte(c.Tag),
		[]byte(text(c.Signals)), []byte(text(items)), []byte(text(c.NoConsent)), []byte(c.Visit))
}

// repeated finds the event that has the reference already.
func repeated(tx *db.Tx, customer ident.ID, kind, reference string, request []byte) (a Assessment, found bool, err error) {
	var e Event
	err = e.scan(tx.Row("SELECT "+eventColumns+" FROM risk_event WHERE customer = $1 AND kind = $2 AND reference = $3", customer, kind, reference))
	switch {
	case errors.Is(err, db.ErrNoRow):
		return a, false, nil
	case err != nil:
		return a, false, err
	case subtle.ConstantTimeCompare(e.request, request) != 1:
		return a, true, fault.Conflictf("risk.reference_used", "The reference was used for another event: give each event an id of its own.").WithField("/reference")
	}
	return e.assessment(true), true, nil
}

// judge gathers what is known, judges, and notes that there was an event.
func (d *Desk) judge(tx *db.Tx, kind, typ string, c *Call, items []score.Item, rules score.Rules) (e Event, err error) {
	f, err := d.gather(tx, kind, typ, c, items)
	if err != nil {
		return e, err
	}
	p, version, err := loadProfile(tx, c.Customer)
	if err != nil {
		return e, err
	}
	w, err := d.world(tx, &f)
	if err != nil {
		return e, err
	}
	id := ident.New(tx.Now, d.Rand)
	if f.Interaction, w.Interaction, err = d.interactions(tx, id, c, kind, typ, items); err != nil {
		return e, err
	}
	j := engine.Judge(rules, &p, f, w)
	if p.Note(&j.Facts); len(items) > 0 {
		if err := saveProfile(tx, c.Customer, &p, version); err != nil {
			return e, err
		}
	}
	return Event{
		Customer: c.Customer, ID: id, Kind: kind, Reference: c.Reference, Session: c.Session, State: Created, Result: j.Result, Facts: j.Facts, Models: j.Models,
		Shadow: j.Rules.Shadow, Failures: j.Rules.Failures, Created: tx.Now, address: d.seal(id, c.Address),
	}, nil
}

// insert stores a new event. A node that was faster with the same reference makes
// it stale, and the repetition is found.
func (e *Event) insert(tx *db.Tx) error {
	n, err := tx.Exec(`INSERT INTO risk_event (customer, id, kind, reference, request, session, state, decision, score, result, facts, models, rules, notes, address, item, learned, label, created_at, channel)
		VALUES ($1, $2, $3, $4, $5, $6, 'created', $7, $8, $9, $10, $11, $12, $13, $14, '', 0, '', $15, $16) ON CONFLICT DO NOTHING`,
		e.Customer, e.ID, e.Kind, e.Reference, e.request, e.Session, string(e.Result.Decision), e.Result.Score, text(e.Result), text(e.Facts), text(e.Models), e.Rules,
		text(notes{e.Shadow, e.Failures}), e.address, e.Created, e.Facts.Channel)
	if err == nil && n == 0 {
		return errStale
	}
	return err
}

// record leaves an audit record about the event.
func (e *Event) record(tx *db.Tx, kind string, by audit.Actor, details map[string]any) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: e.Customer, Object: e.Kind + ":" + e.ID.String(), Details: details})
}
