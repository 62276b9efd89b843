package risk

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Finding is what somebody found an event to be: the payload of
// [policy.ActFinding].
type Finding struct {
	Customer ident.ID `json:"customer"`
	Event    ident.ID `json:"event"`
	Label    Label    `json:"label"`
	Before   Label    `json:"before"` // what it was found to be until now
	Note     string   `json:"note"`   // 1 to 500 characters
}

// Payload is the finding's canonical form.
func (f Finding) Payload() []byte { return foureyes.Canonical(f) }

// ParseFinding reads the payload of a proposal. Fault: "foureyes.payload" (Invalid).
func ParseFinding(payload []byte) (f Finding, err error) {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil || !bytes.Equal(f.Payload(), payload) {
		return f, fault.Invalidf("foureyes.payload", "The payload is no finding about an event.").WithField("/payload")
	}
	return f, f.validate()
}

func (f Finding) validate() error {
	switch {
	case f.Label != Fraud && f.Label != Legitimate:
		return invalid("label", "An event is a fraud, or legitimate.")
	case f.Note == "" || !short(f.Note, 500):
		return invalid("note", "Say in 1 to 500 printable characters how you know.")
	}
	return nil
}

// NeedsTwo reports whether a second person must agree to a finding.
func (r *Review) NeedsTwo() bool { return r.Policies.Active().FourEyes.Needs(policy.ActFinding) }

// Decide says what an event was; the models learn from it ([Desk.Feedback]). by must hold
// the claim, which ends. Faults: those of Feedback, "risk.not_claimed", "risk.note",
// "risk.relabeled" (Conflict) when somebody else said something else meanwhile, and
// "foureyes.needed" (Denied) where the policies want two people: see Propose.
func (r *Review) Decide(ctx context.Context, by audit.Actor, f Finding) (e Event, err error) {
	if err := f.validate(); err != nil {
		return e, err
	}
	if err := foureyes.Allow(r.Policies.Active().FourEyes, policy.ActFinding, foureyes.Warrant{}, f.Payload()); err != nil {
		return e, err
	}
	err = r.settle(ctx, f.Customer, func(tx *db.Tx) error {
		if err := release(tx, by, f.Customer, f.Event); err != nil {
			return err
		}
		e, err = r.find(tx, by, f)
		return err
	})
	return e, err
}

// find sets the label that was found.
func (r *Review) find(tx *db.Tx, by audit.Actor, f Finding) (Event, error) {
	e, err := find(tx, f.Customer, f.Event)
	if err != nil {
		return e, err
	}
	if e.Label != f.Before {
		return e, fault.Conflictf("risk.relabeled", "Somebody else said what this event was. Look at it again.")
	}
	return r.label(tx, by, f.Customer, f.Event, f.Label, f.Note)
}

// Held makes sure that by holds the claim of what they propose. Fault:
// "risk.not_claimed" (Conflict).
func (r *Review) Held(ctx context.Context, by audit.Actor, f Finding) error {
	if err := f.validate(); err != nil {
		return err
	}
	return r.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := claimOf(tx, f.Customer, f.Event)
		if err == nil && c.Holder != by.String() {
			err = fault.Conflictf("risk.not_claimed", "You do not hold this event, or not any more. Claim it first.")
		}
		return err
	})
}

// Executor sets labels once two people agree.
func (r *Review) Executor() foureyes.Executor {
	return foureyes.Executor{
		Check: func(tx *db.Tx, payload []byte) error {
			f, err := ParseFinding(payload)
			if err != nil {
				return err
			}
			_, err = find(tx, f.Customer, f.Event)
			return err
		},
		Within: func(tx *db.Tx, by audit.Actor, w foureyes.Warrant) error {
			f, err := ParseFinding(w.Payload())
			if err != nil {
				return err
			}
			if err := foureyes.Allow(policy.FourEyes{Acts: []policy.Act{policy.ActFinding}}, policy.ActFinding, w, w.Payload()); err != nil {
				return err
			}
			_, err = r.find(tx, by, f)
			return err
		},
	}
}
