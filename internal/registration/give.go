package registration

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
)

// give settles one step. What can be guessed is counted on the activation code.
func (d *Desk) give(tx *db.Tx, by audit.Actor, r row, code string, got authenticator.Given, set *policy.Set) (Registration, error) {
	if !got.Right || got.Consume != nil {
		claimed, err := tries.Claim(tx, set.Registration.TokenTries, r.customer, r.code)
		switch {
		case err != nil:
			return Registration{}, err
		case !claimed:
			return d.refuseClosed(tx, by, r, AuditNoPart, set)
		case !got.Right:
			return d.refuse(tx, by, r, AuditNoPart, WrongSecret, set)
		}
	}
	if c, found, err := customer.Find(tx, r.customer); err != nil || !found || c.Status != customer.Active {
		if err != nil {
			return Registration{}, err
		}
		return d.refuse(tx, by, r, AuditNoPart, WrongSecret, set)
	}
	// From here on the row is locked: steps come one after another.
	if moved, err := r.move(tx, Begun, r.device, ""); err != nil || !moved {
		return Registration{}, orRace(err)
	}
	if got.Consume != nil {
		if won, err := got.Consume(tx); err != nil || !won {
			return Registration{}, orRace(err)
		}
	}
	n, err := tx.Exec("INSERT INTO registration_part (customer, id, policy, kept, proven_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", r.customer, r.id, code, got.Kept, tx.Now)
	if err != nil || n == 0 {
		return Registration{}, orRace(err)
	}
	r.record(tx, AuditPart, by, map[string]any{"policy": code})
	if err := d.complete(tx, by, &r, set); err != nil {
		return Registration{}, err
	}
	return d.describe(tx, r, set)
}

// complete ends the registration when every policy was proven; else it does nothing.
func (d *Desk) complete(tx *db.Tx, by audit.Actor, r *row, set *policy.Set) error {
	done, err := proven(tx, *r)
	if err != nil {
		return err
	}
	p, _ := set.Policy(r.policy)
	all := steps(set, p)
	codes := make([]string, 0, len(all))
	for _, one := range all {
		if _, there := done[one.Code]; !there {
			return nil
		}
		codes = append(codes, one.Code)
	}
	for _, one := range all {
		if won, err := d.parts[one.Method].Complete(tx, by, d.request(tx, *r, one, set), done[one.Code]); err != nil || !won {
			return orRace(err)
		}
		if err := authenticator.Enroll(tx, by, r.customer, one); err != nil {
			return err
		}
		if err := authenticator.Renewed(tx, r.customer, one.Code); err != nil {
			return err
		}
	}
	code := Code{Customer: r.customer, ID: r.code}
	if won, err := code.end(tx, Used); err != nil || !won {
		return orRace(err)
	}
	if won, err := r.move(tx, Done, r.device, ""); err != nil || !won {
		return orRace(err)
	}
	r.record(tx, AuditDone, by, map[string]any{"policies": codes})
	return forget(tx, r.customer)
}
