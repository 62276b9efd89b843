package password

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Desk is what customers and staff do about secrets: its methods are the use cases. All
// fields are required. What is forgotten is a matter of package registration.
type Desk struct {
	DB        *db.DB
	Passwords *Passwords
	Policies  *policy.Book
}

// Warrant allows a customer's change (hub.Proven).
type Warrant interface {
	// Check fails when the warrant does not hold for this customer and whoever acts.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Factors are the kinds of elements that were shown for it.
	Factors() authenticator.Factor
	// Note is what the audit record says of it.
	Note() (key, value string)
}

// Change is a change by the customer.
type Change struct {
	Customer ident.ID
	Policy   string // which policy's rules hold; "" when there is one policy of the method password only
	Current  string // as typed
	New      string // as typed
}

// Changed is what became of a change.
type Changed struct {
	Done     bool
	Reason   authenticator.Reason    // why the current one was refused; not for the customer
	Outlook  authenticator.Outlook   // after a refusal; not for the customer
	Mistakes []authenticator.Mistake // in the new one
}

// Change replaces a customer's secret. It needs the current one (SCA-57), which is
// counted like any other proof, and a warrant that has shown another factor. The new
// one is judged before the current one is counted as right.
//
// Faults: those of the warrant, "password.second_factor" (Denied), "password.policy"
// (Invalid), "password.form" (Invalid), "argon.busy", "argon.waited".
func (d *Desk) Change(ctx context.Context, by audit.Actor, why Warrant, c Change) (out Changed, err error) {
	set := d.Policies.Active()
	r := authenticator.Request{Customer: c.Customer, Set: set}
	if r.Policy, err = d.policy(set, c.Policy); err != nil {
		return out, err
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		r.Now = tx.Now
		return allowed(tx, by, why, c.Customer)
	})
	if err != nil {
		return out, err
	}
	finding, err := d.Passwords.Check(ctx, r, authenticator.Proof{Code: c.Current})
	if err != nil {
		return out, err
	}
	var f Fresh
	if finding.Right {
		if f, out.Mistakes, err = d.Passwords.Prepare(ctx, r, c.New); err != nil || len(out.Mistakes) > 0 {
			return out, err
		}
	}
	out, err = d.settle(ctx, by, why, r, finding, f)
	if errors.Is(err, authenticator.ErrLost) {
		return d.settle(context.WithoutCancel(ctx), by, why, r, authenticator.Lost(), Fresh{})
	}
	return out, err
}

func (d *Desk) settle(ctx context.Context, by audit.Actor, why Warrant, r authenticator.Request, finding authenticator.Finding, f Fresh) (out Changed, err error) {
	err = d.DB.Settle(ctx, r.Customer, func(tx *db.Tx) error {
		if err := allowed(tx, by, why, r.Customer); err != nil {
			return err
		}
		got, err := authenticator.Try(tx, by, r.Customer, r.Policy, finding)
		if out = (Changed{Reason: got.Reason, Outlook: got.Outlook}); err != nil || got.Reason != authenticator.Accepted {
			return err
		}
		won, err := d.Passwords.Store(tx, by, f)
		if err == nil && !won {
			err = authenticator.ErrLost
		}
		out.Done = true
		return err
	})
	if err != nil {
		return Changed{}, err
	}
	return out, nil
}

// allowed checks warrant and customer.
func allowed(tx *db.Tx, by audit.Actor, why Warrant, id ident.ID) error {
	if why == nil {
		return second()
	}
	if err := why.Check(tx, id, by); err != nil {
		return err
	}
	if why.Factors()&^authenticator.Knowledge == 0 {
		return second()
	}
	c, found, err := customer.Find(tx, id)
	if err == nil && (!found || c.Status != customer.Active) {
		err = fault.Conflictf("customer.not_active", "The customer is not active: nothing can be changed.")
	}
	return err
}

func second() error {
	return fault.Deniedf("password.second_factor", "Show something that you have first, such as a secure code: who knows the password alone must not change it.")
}

// policy returns the policy of the method password that is meant.
func (d *Desk) policy(set *policy.Set, code string) (policy.Policy, error) {
	all := set.Passwords()
	for _, p := range all {
		if p.Code == code || code == "" && len(all) == 1 {
			return p, nil
		}
	}
	return policy.Policy{}, fault.Invalidf("password.policy", "Name a policy of the method password.").WithField("policy")
}

// Judge says what is thought of a new secret under a policy, for a meter that shows it
// while somebody types. It stores, counts and logs nothing. Words are what the page
// knows of the customer; what is known here is not compared, for a stranger could find
// it out that way.
func (d *Desk) Judge(ctx context.Context, policyCode, secret string, words []string) (j Judgement, err error) {
	set := d.Policies.Active()
	p, err := d.policy(set, policyCode)
	if err != nil {
		return j, err
	}
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	err = d.Passwords.hasher.Run(ctx, func() { j = d.Passwords.Judge(p.Secret, set.Least(p), secret, words) })
	return j, err
}

// MaxReason is the length of a reason in characters.
const MaxReason = authenticator.MaxReason

// Demand makes a customer replace their secret at the next login: for staff, after
// what might have given it away. Who has none is the NotFound "password.none"; one that
// is due already is the Conflict "password.due".
func (d *Desk) Demand(ctx context.Context, by audit.Actor, id ident.ID, reason string) error {
	if n := utf8.RuneCountInString(reason); strings.TrimSpace(reason) == "" || n > MaxReason || strings.ContainsFunc(reason, strange) {
		return fault.Invalidf("password.reason", "Say why, in 1 to %d characters.", MaxReason).WithField("/reason")
	}
	return d.DB.Settle(ctx, id, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE password SET must_change = 1 WHERE customer = $1 AND must_change = 0", id)
		if err != nil {
			return err
		}
		if n == 0 {
			_, found, err := Find(tx, id)
			switch {
			case err != nil:
				return err
			case found:
				return fault.Conflictf("password.due", "The customer must replace it at the next login already.")
			}
			return fault.NotFoundf("password.none", "The customer has no password: look at the customer's authenticators.")
		}
		audit.Record(tx, audit.Event{Kind: AuditDue, By: by, Customer: id, Object: "password", Details: map[string]any{"reason": reason}})
		return nil
	})
}

// Of returns what is known of a customer's secret besides itself; false when there is none.
func (d *Desk) Of(ctx context.Context, id ident.ID) (e Entry, found bool, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		e, found, err = Find(tx, id)
		return err
	})
	return e, found, err
}
