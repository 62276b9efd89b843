package token

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Upkeep keeps tokens in customers' hands going: it unlocks those that locked
// themselves, and brings those that fell out of step back into it. Its methods are
// use cases. Use NewUpkeep.
type Upkeep struct {
	tokens *Tokens
	active func() *policy.Set
}

// NewUpkeep returns the upkeep of tokens under the policies that active says are
// in force, such as policy.Book.Active.
func NewUpkeep(t *Tokens, active func() *policy.Set) *Upkeep {
	return &Upkeep{tokens: t, active: active}
}

// Warrant is why somebody may act on a customer's token. Staff and the bank's
// applications have identified the customer ([Identified]); a customer who acts
// for themselves shows a second proof in its place.
type Warrant interface {
	// Check runs in the transaction of the act, before anything is changed. Its
	// fault ends the act.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Note returns what the audit record of the act calls it, and its name.
	Note() (key, value string)
}

// Identified is the warrant of a recorded identification.
type Identified ident.ID

// Check implements Warrant.
func (i Identified) Check(tx *db.Tx, customer ident.ID, by audit.Actor) error {
	return identification.Require(tx, ident.ID(i), customer, by)
}

// Note implements Warrant.
func (i Identified) Note() (key, value string) { return "identification", ident.ID(i).String() }

// Target is the token that an act is about.
type Target struct {
	Device   ident.ID
	Customer ident.ID // whose token it is taken for; zero for a token in stock
}

// subject is a target with all that an act must know of it.
type subject struct {
	Target
	device device.Device
	keys   []Key
	now    time.Time
	set    *policy.Set
	by     audit.Actor
	why    Warrant
}

// subject reads a target, and says why nothing can be done with it.
func (u *Upkeep) subject(ctx context.Context, by audit.Actor, why Warrant, t Target) (*subject, error) {
	s := &subject{Target: t, set: u.active(), by: by, why: why}
	err := u.tokens.db.Read(ctx, func(tx *db.Tx) (err error) {
		s.now = tx.Now
		if s.device, err = s.usable(tx); err != nil {
			return err
		}
		s.keys, err = KeysOf(tx, t.Device)
		return err
	})
	return s, err
}

// usable returns the device, or the fault that says why it is of no use now.
func (s *subject) usable(tx *db.Tx) (device.Device, error) {
	d, found, err := device.Get(tx, s.Device)
	switch {
	case err != nil:
		return d, err
	case !found || d.Kind != device.Token:
		return d, fault.NotFoundf("token.unknown", "There is no such token.")
	case d.Customer != s.Customer:
		return d, fault.Conflictf("token.not_theirs", "This token is not this customer's: compare the serial number on it.").WithField("serial")
	case d.Status == device.Stock && s.Customer.IsZero():
	case d.Status != device.Active:
		return d, fault.Conflictf("token.state", "This token is %s: nothing can be done with it unless it is active.", d.Status)
	}
	if d.Expired(tx.Now) {
		return d, fault.Conflictf("token.expired", "The life of this token ended on %s: replace it.", d.Expires.Format(time.DateOnly))
	}
	return d, nil
}

// admit checks again, in the transaction of the act, what may have changed since
// the subject was read, and the warrant. A token in stock is nobody's: no customer
// is to be identified for it, and no customer may act on it.
func (s *subject) admit(tx *db.Tx) error {
	if _, err := s.usable(tx); err != nil {
		return err
	}
	if s.by.Kind == audit.CustomerKind && s.by.ID != s.Customer {
		return fault.Deniedf("token.not_yours", "Customers act on their own tokens only.")
	}
	if s.Customer.IsZero() {
		return nil
	}
	return s.why.Check(tx, s.Customer, s.by)
}

// settle runs an act in the order of the customer's other acts.
func (u *Upkeep) settle(ctx context.Context, s *subject, act func(*db.Tx) error) error {
	return u.tokens.db.Settle(ctx, orSelf(s.Customer, s.Device), func(tx *db.Tx) error {
		if err := s.admit(tx); err != nil {
			return err
		}
		return act(tx)
	})
}

// record leaves the audit record of an act.
func (s *subject) record(tx *db.Tx, kind string, details map[string]any) {
	if !s.Customer.IsZero() {
		key, value := s.why.Note()
		details[key] = value
	}
	audit.Record(tx, audit.Event{Kind: kind, By: s.by, Customer: s.Customer, Object: "device:" + s.Device.String(), Details: details})
}

func orSelf(customer, id ident.ID) ident.ID {
	if customer.IsZero() {
		return id
	}
	return customer
}
