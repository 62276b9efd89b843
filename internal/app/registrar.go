package app

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mssserver"
)

// registrar registers people on the word of a service provider that identifies them.
type registrar struct{ app *App }

var _ mssserver.Registrar = registrar{}

// introduced is the proof of such a registration: the provider has identified the person. Which
// provider may do that, security officers say (provider.Terms).
type introduced struct{ provider audit.Actor }

// Check implements mobileid.Proof.
func (introduced) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }

// Note implements mobileid.Proof.
func (v introduced) Note() (key, value string) { return "introduced_by", v.provider.String() }

// Shown implements mobileid.Proof.
func (introduced) Shown() []ident.ID { return nil }

// Factors implements mobileid.Proof.
func (introduced) Factors() authenticator.Factor {
	return authenticator.Knowledge | authenticator.Possession
}

// Registered implements mssserver.Registrar.
func (r registrar) Registered(ctx context.Context, customerNumber, number string) (e mssserver.Enrolled, found bool, err error) {
	c, err := r.app.Customers.GetByNumber(ctx, customerNumber)
	if err != nil {
		return e, false, err
	}
	if number, err = mobileid.Number(number, r.app.Policies.Active().SMS.Region); err != nil {
		return e, false, err
	}
	all, err := r.app.MobileIDs.Profiles(ctx, c.ID)
	if err != nil {
		return e, false, err
	}
	for _, p := range all {
		if p.Number != number || found && p.State == mobileid.StateRevoked {
			continue
		}
		e, found = mssserver.Enrolled{State: p.State, Changed: p.Changed, Certificates: p.Certificates}, true
		if p.Registration != nil {
			e.Control = p.Registration.Control
		}
	}
	return e, found, nil
}

// Register implements mssserver.Registrar.
func (r registrar) Register(ctx context.Context, by audit.Actor, customerNumber, number string) (e mssserver.Enrolled, err error) {
	c, err := r.app.Customers.GetByNumber(ctx, customerNumber)
	if err != nil {
		return e, err
	}
	made, err := r.app.MobileIDs.Register(ctx, by, mobileid.Enrollment{Customer: c.ID, Number: number, Proof: introduced{by}})
	return mssserver.Enrolled{State: made.State, Changed: made.Changed, Control: made.Control}, err
}
