package registration

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// Confirm is the last step of a registration.
type Confirm struct {
	Code string // the secure code of the reserved token, as typed
	PIN  string // the PIN that the customer chooses; only when Token.ChoosePIN
}

// errRace ends a transaction in which a compare-and-swap found that somebody
// else was first, so that nothing of it stays.
var errRace = errors.New("registration: somebody else was first")

func orRace(err error) error {
	if err != nil {
		return err
	}
	return errRace
}

// Confirm checks the first secure code of the reserved token and registers the
// customer: token, authenticator and activation code change in one transaction
// (F-4.1.8–11).
func (d *Desk) Confirm(ctx context.Context, by audit.Actor, handle string, in Confirm) (out Registration, err error) {
	proof, err := d.check(ctx, handle, in)
	if err != nil {
		return out, err
	}
	out, err = d.step(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
		return d.confirm(tx, by, r, proof, set)
	})
	if errors.Is(err, errRace) { // the token, the code or the registration went to somebody else meanwhile
		return d.step(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
			if _, err := tries.Claim(tx, set.Registration.TokenTries, r.customer, r.code); err != nil {
				return Registration{}, err
			}
			return d.refuse(tx, by, r, AuditNoCode, WrongSecret, set)
		})
	}
	return out, err
}

// checked is a first code that was checked outside the transaction.
type checked struct {
	finding authenticator.Finding
	key     token.Key
	pin     string // chosen, canonical; "" when none is to be
}

// check does the work that needs no transaction.
func (d *Desk) check(ctx context.Context, handle string, in Confirm) (out checked, err error) {
	customerID, id, ok := d.handles.Open(handle)
	if !ok {
		return out, fault.NotFoundf("registration.unknown", "There is no such registration. Begin again with the activation code.")
	}
	set := d.policies.Active()
	var r row
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		if r, _, err = load(tx, customerID, id); err != nil || !r.open(tx.Now) {
			return err
		}
		if r.state != Reserved {
			return fault.Conflictf("registration.no_token", "Enter the serial number of the token first.")
		}
		out.key, _, err = token.CodeKey(tx, r.device)
		return err
	})
	if err != nil || r.state != Reserved || out.key.KeyID == "" {
		return out, err // over: the step says so
	}
	if out.key.ChoosesPIN() {
		if out.pin, err = token.ReadPIN(in.PIN, &out.key, set.Registration.PINLength); err != nil {
			return out, err
		}
	}
	p, _ := set.Policy(r.policy)
	out.finding, err = d.tokens.Prove(ctx, token.First{Customer: customerID, Key: out.key, Code: in.Code, PIN: out.pin, Question: r.question, Policy: p})
	return out, err
}

func (d *Desk) confirm(tx *db.Tx, by audit.Actor, r row, proof checked, set *policy.Set) (Registration, error) {
	claimed, err := tries.Claim(tx, set.Registration.TokenTries, r.customer, r.code)
	switch {
	case err != nil:
		return Registration{}, err
	case !claimed:
		return d.refuseClosed(tx, by, r, AuditNoCode, set)
	case r.state != Reserved || r.device != proof.key.Device || !proof.finding.Right:
		return d.refuse(tx, by, r, AuditNoCode, WrongSecret, set)
	}
	if c, found, err := customer.Find(tx, r.customer); err != nil || !found || c.Status != customer.Active {
		if err != nil {
			return Registration{}, err
		}
		return d.refuse(tx, by, r, AuditNoCode, WrongSecret, set)
	}
	if err := d.register(tx, by, &r, proof, set); err != nil {
		return Registration{}, err
	}
	return d.describe(tx, r, set)
}

// register makes everything that belongs to a registered customer true at once.
func (d *Desk) register(tx *db.Tx, by audit.Actor, r *row, proof checked, set *policy.Set) error {
	c, err := customer.Usable(tx, r.customer)
	if err != nil {
		return err
	}
	dev, _, err := device.Get(tx, r.device)
	if err != nil {
		return err
	}
	model, _ := set.Model(dev.Model)
	p, known := set.Policy(r.policy)
	if !known {
		return fault.Conflictf("registration.policy_gone", "The policy %q was withdrawn. Ask the bank.", r.policy)
	}
	if err := enroll(tx, by, c.ID, dev, p, set); err != nil {
		return err
	}
	if won, err := device.Assign(tx, r.device, c.ID, model.Life); err != nil || !won {
		return orRace(err)
	}
	if proof.pin != "" {
		if won, err := d.tokens.SetPIN(tx, &proof.key, proof.pin); err != nil || !won {
			return orRace(err)
		}
	}
	if won, err := proof.finding.Consume(tx); err != nil || !won {
		return orRace(err)
	}
	if err := token.Proven(tx, by, c.ID, r.device); err != nil { // what it was given for, if a member of staff did
		return err
	}
	code := Code{Customer: r.customer, ID: r.code}
	if won, err := code.end(tx, Used); err != nil || !won {
		return orRace(err)
	}
	if won, err := r.move(tx, Done, r.device, ""); err != nil || !won {
		return orRace(err)
	}
	r.record(tx, AuditDone, by, map[string]any{"device": r.device, "serial": dev.Serial, "policy": r.policy})
	return nil
}

// Get returns a registration as it stands.
func (d *Desk) Get(ctx context.Context, handle string) (out Registration, err error) {
	customerID, id, ok := d.handles.Open(handle)
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		r, found, err := load(tx, customerID, id)
		if err != nil {
			return err
		}
		if !ok || !found {
			return fault.NotFoundf("registration.unknown", "There is no such registration. Begin again with the activation code.")
		}
		out, err = d.describe(tx, r, d.policies.Active())
		return err
	})
	return out, err
}

// Abandon gives a registration up; the reserved token is free at once. The
// activation code stays valid.
func (d *Desk) Abandon(ctx context.Context, by audit.Actor, handle string) (Registration, error) {
	return d.again(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
		if moved, err := r.move(tx, Abandoned, r.device, ""); err != nil || !moved {
			return Registration{}, orRace(err)
		}
		r.record(tx, AuditAbandoned, by, nil)
		if err := forget(tx, r.customer); err != nil {
			return Registration{}, err
		}
		return d.describe(tx, r, set)
	})
}
