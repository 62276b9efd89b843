package registration

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records about parts.
const (
	AuditPart   = "registration.part_accepted"
	AuditNoPart = "registration.part_refused"
)

// Step is one policy of a registration that has several.
type Step struct {
	Policy string
	Name   string
	Method policy.Method
	Proven bool
}

// Given is what the customer gave for a step.
type Given struct {
	Policy    string   // "" for the one that is awaited
	Value     string   // the secret that they choose, or a code, as typed
	Challenge ident.ID // what it answers; zero for nothing
}

// steps returns the policies that a registration for p needs, in their order: p and
// those that are registered with it. A token has steps of its own, and none of these.
func steps(set *policy.Set, p policy.Policy) (all []policy.Policy) {
	if p.Method == policy.MethodToken {
		return nil
	}
	for _, code := range slices.Concat([]string{p.Code}, p.With) {
		one, _ := set.Policy(code)
		all = append(all, one)
	}
	return all
}

// proven is what was proven so far, by policy, with what its method keeps.
func proven(tx *db.Tx, r row) (map[string][]byte, error) {
	done := map[string][]byte{}
	err := tx.Each("SELECT policy, kept FROM registration_part WHERE customer = $1 AND id = $2", []any{r.customer, r.id}, func(one db.Row) error {
		var code string
		var kept []byte
		err := one.Scan(&code, &kept)
		done[code] = kept
		return err
	})
	return done, err
}

// forget deletes what is kept of the customer's registrations that have ended.
func forget(tx *db.Tx, customerID ident.ID) error {
	_, err := tx.Exec(`DELETE FROM registration_part WHERE customer = $1 AND id IN
		(SELECT id FROM registration WHERE customer = $1 AND state IN ('done', 'abandoned'))`, customerID)
	return err
}

// Forget deletes what is kept of all registrations of a customer who is erased
// (customer.Register).
func Forget(tx *db.Tx, customerID ident.ID) error {
	_, err := tx.Exec("DELETE FROM registration_part WHERE customer = $1", customerID)
	return err
}

// awaited returns the step that is due, and what its method is told.
func (d *Desk) awaited(tx *db.Tx, r row, set *policy.Set) (req authenticator.Request, m authenticator.Part, err error) {
	p, known := set.Policy(r.policy)
	all := steps(set, p)
	if !known || len(all) == 0 {
		return req, nil, fault.Conflictf("registration.token_steps", "This registration is for a token: submit its serial number and its secure code.")
	}
	done, err := proven(tx, r)
	if err != nil {
		return req, nil, err
	}
	for _, one := range all {
		if _, there := done[one.Code]; there {
			continue
		}
		if m = d.parts[one.Method]; m == nil {
			return req, nil, fault.Conflictf("registration.policy_gone", "Nobody can register for the policy %q at present. Ask the bank.", one.Code)
		}
		return d.request(tx, r, one, set), m, nil
	}
	return req, nil, errRace // all proven: it was completed meanwhile
}

func (d *Desk) request(tx *db.Tx, r row, p policy.Policy, set *policy.Set) authenticator.Request {
	return authenticator.Request{Authentication: r.id, Customer: r.customer, Policy: p, Set: set, Now: tx.Now}
}

// Ask makes what the customer needs for the awaited step, such as a code by text
// message.
func (d *Desk) Ask(ctx context.Context, by audit.Actor, handle string) (c authenticator.Challenge, out Registration, err error) {
	out, err = d.again(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
		req, m, err := d.awaited(tx, r, set)
		if err != nil {
			return Registration{}, err
		}
		if c, err = m.Ask(tx, by, req); err != nil {
			return Registration{}, err
		}
		return d.describe(tx, r, set)
	})
	return c, out, err
}

// Give takes what the customer gave for the awaited step. The last one completes the
// registration: all methods, authenticators and the activation code change in
// one transaction (F-6.1). Mistakes say why a new secret is not taken; then nothing has
// changed and nothing is counted.
//
// Faults: "registration.unknown" (NotFound), "registration.token_steps",
// "registration.not_awaited", "registration.busy" (Conflict), and those of the methods.
func (d *Desk) Give(ctx context.Context, by audit.Actor, handle string, in Given) (out Registration, bad []authenticator.Mistake, err error) {
	req, got, over, err := d.judge(ctx, handle, in)
	if err != nil {
		return out, nil, err
	}
	if over || len(got.Mistakes) > 0 {
		out, err = d.Get(ctx, handle)
		if over {
			out.Refused = Over
		}
		return out, got.Mistakes, err
	}
	out, err = d.step(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
		return d.give(tx, by, r, req.Policy.Code, got, set)
	})
	if errors.Is(err, errRace) { // the step, the code or what it answers went to somebody else meanwhile
		out, err = d.again(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
			return d.give(tx, by, r, req.Policy.Code, authenticator.Given{}, set)
		})
	}
	return out, nil, err
}

// judge does the work that needs no transaction; over reports a registration that has
// ended.
func (d *Desk) judge(ctx context.Context, handle string, in Given) (req authenticator.Request, got authenticator.Given, over bool, err error) {
	customerID, id, ok := d.handles.Open(handle)
	if !ok {
		return req, got, false, unknown()
	}
	var m authenticator.Part
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		r, found, err := load(tx, customerID, id)
		switch {
		case err != nil:
			return err
		case !found:
			return unknown()
		}
		if over = !r.open(tx.Now); over {
			return nil
		}
		req, m, err = d.awaited(tx, r, d.policies.Active())
		return err
	})
	switch {
	case errors.Is(err, errRace):
		return req, got, true, nil
	case err != nil || over:
		return req, got, over, err
	case in.Policy != "" && in.Policy != req.Policy.Code:
		return req, got, false, fault.Conflictf("registration.not_awaited", "The step that is awaited is %q.", req.Policy.Code).WithField("policy")
	}
	got, err = m.Prove(ctx, req, authenticator.Proof{Code: in.Value, Challenge: in.Challenge})
	return req, got, false, err
}

func unknown() error {
	return fault.NotFoundf("registration.unknown", "There is no such registration. Begin again with the activation code.")
}

// outline lists the steps of a registration without a token.
func (d *Desk) outline(tx *db.Tx, r row, set *policy.Set, out *Registration) error {
	p, _ := set.Policy(r.policy)
	all := steps(set, p)
	if len(all) == 0 {
		return nil
	}
	done, err := proven(tx, r)
	for _, one := range all {
		_, there := done[one.Code]
		out.Steps = append(out.Steps, Step{one.Code, one.Name, one.Method, there || r.state == Done})
	}
	return err
}
