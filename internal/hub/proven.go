package hub

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
)

// FreshFor is how long a proof is a warrant for what its customer does next.
const FreshFor = 5 * time.Minute

// Proven is what a granted authentication has shown. One of the purpose
// self-service, which the customer started as themselves, is a warrant for acts on
// their own tokens (token.Warrant): good for FreshFor, as often as an act needs it,
// as long as the devices that gave the codes may be used. What it is good for
// besides is the business of the act.
type Proven struct {
	ID       ident.ID
	Handle   string
	Customer ident.ID
	Purpose  string
	At       time.Time       // when it was granted
	Payment  payment.Payment // that was approved; zero for none

	channel string
	by      audit.Actor // who started it
	factors authenticator.Factor
	devices []ident.ID
}

// Proven returns what an authentication of by's has shown. The fault
// "authentication.not_granted" says that it has shown nothing, or not enough.
func (h *Hub) Proven(ctx context.Context, by audit.Actor, handle string) (p Proven, err error) {
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		r, err := h.granted(tx, by, handle, fault.Conflictf("authentication.not_granted", "This authentication was not granted. Start a new one."))
		if err != nil {
			return err
		}
		if err := r.loadPayment(tx); err != nil {
			return err
		}
		p = Proven{Payment: r.paid, ID: r.id, Handle: handle, Customer: r.customer, Purpose: r.purpose, At: r.ended, channel: r.channel, by: by, factors: r.factors}
		for _, s := range r.proofs {
			if !s.Device.IsZero() {
				p.devices = append(p.devices, s.Device)
			}
		}
		return nil
	})
	return p, err
}

// Check implements token.Warrant; its fault is the Denied "proof.required".
func (p Proven) Check(tx *db.Tx, customer ident.ID, by audit.Actor) error {
	own := by.Kind == audit.CustomerKind && by.ID == customer
	return p.check(tx, customer, by, own)
}

func (p Proven) check(tx *db.Tx, customer ident.ID, by audit.Actor, own bool) error {
	age := tx.Now.Sub(p.At)
	own = own && by.String() == p.by.String() && p.Customer == customer
	if !own || p.Purpose != policy.PurposeSelfService || age < 0 || age >= FreshFor {
		return required()
	}
	switch _, closed, err := risk.BlockedChannel(tx, customer, p.channel); {
	case err != nil:
		return err
	case closed:
		return required()
	}
	for _, id := range p.devices {
		d, found, err := device.Get(tx, id)
		if err != nil {
			return err
		}
		if !found || d.Customer != customer || !d.Usable(tx.Now) {
			return required()
		}
	}
	return nil
}

func required() error {
	return fault.Deniedf("proof.required", "Give a fresh secure code first: there was none, it is too old, or its token is no longer in use.")
}

// Factors returns what was shown.
func (p Proven) Factors() authenticator.Factor { return p.factors }

// OfClient is the warrant that an application of the bank has of its customer: for the
// acts that customers do on pages of the bank, of which the application says that it is
// the customer who does them. It must be the one that started the authentication. No
// warrant of tokens is one (TestProven).
type OfClient struct{ Proven }

// Check implements password.Warrant, as Proven.Check does for customers themselves.
func (p OfClient) Check(tx *db.Tx, customer ident.ID, by audit.Actor) error {
	return p.check(tx, customer, by, by.Kind == audit.ClientKind)
}

// Note implements token.Warrant.
func (p Proven) Note() (key, value string) { return "authentication", p.ID.String() }

// Shown returns the devices that gave the codes, in the order of the steps.
func (p Proven) Shown() []ident.ID { return p.devices }
