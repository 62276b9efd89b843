package registration

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Issue says which activation code is wanted.
type Issue struct {
	ID     ident.ID      // of the new code; zero: a fresh one. The same ID twice is a Conflict
	Policy string        // the policy to register for
	Valid  time.Duration // life, 1 min – 90 days; 0: as the policy says
	Split  bool          // the second half leaves through the outbox even if the policy does not ask for it
}

// Issued is a new activation code with its value, which is shown this one time.
type Issued struct {
	Code
	Value string // in groups of four; only the first half when Split
	Split bool
}

// Half is the payload of the outbox message that carries the second half of an
// activation code.
type Half struct {
	CustomerNumber string    `json:"customer_number"`
	Code           string    `json:"activation_code_part"` // the second half
	Part           int       `json:"part"`                 // 2
	Expires        time.Time `json:"expires_at"`
}

// MessageHalf is the outbox kind of a second half.
const MessageHalf = "activation_code.part"

// Issue makes an activation code for a customer. An earlier valid code for the
// same policy is superseded.
//
// A code for a customer who has registered a token before is as good as a reset: with it
// and any token from stock somebody else could become that customer. It is made by
// who has identified the customer lately (invariant 5), or else refused as
// "identification.required" (Denied).
func (d *Desk) Issue(ctx context.Context, by audit.Actor, customerID ident.ID, in Issue) (out Issued, err error) {
	rules := d.policies.Active()
	in, value, err := d.draft(in, rules)
	if err != nil {
		return out, err
	}
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		c, err := customer.Usable(tx, customerID)
		if err != nil {
			return err
		}
		known, err := reregisters(tx, by, c.ID, rules, in.Policy)
		if err != nil {
			return err
		}
		return d.issue(tx, by, c, in, value, known, &out)
	})
	return out, err
}

// draft completes what is wanted, and makes the value of the code.
func (d *Desk) draft(in Issue, rules *policy.Set) (Issue, string, error) {
	if p, known := rules.Policy(in.Policy); !known || !p.Registrable() {
		return in, "", fault.Invalidf("registration.policy", "There is no policy %q that one can register for.", in.Policy).WithField("policy")
	}
	if in.Valid == 0 {
		in.Valid = rules.Registration.CodeValid
	}
	if in.Valid < time.Minute || in.Valid > 90*24*time.Hour {
		return in, "", fault.Invalidf("registration.valid", "An activation code may be valid for one minute to 90 days.").WithField("valid")
	}
	in.Split = in.Split || rules.Registration.Split
	return in, ident.NewCode(rules.Registration.CodeLength, d.random), nil
}

// issue stores a code and tells what of its value is shown.
func (d *Desk) issue(tx *db.Tx, by audit.Actor, c customer.Customer, in Issue, value string, known ident.ID, out *Issued) (err error) {
	out.Code, err = d.insert(tx, by, c, in, value, known)
	if err != nil || !in.Split {
		out.Value = value
		return err
	}
	out.Split = true
	out.Value, err = d.split(tx, c, out.Code, value)
	return err
}

// reregisters returns the identification that lets by have a customer register once
// more; none for the first time.
func reregisters(tx *db.Tx, by audit.Actor, customerID ident.ID, set *policy.Set, policyCode string) (identified ident.ID, err error) {
	before, err := registered(tx, customerID, set, policyCode)
	if err != nil || !before {
		return identified, err
	}
	return identification.Lately(tx, customerID, by)
}

// registered reports whether the customer has registered a token before; for a code
// that sets a password, whether they hold anything at all, such as a password that
// moved in with them.
func registered(tx *db.Tx, customerID ident.ID, set *policy.Set, policyCode string) (bool, error) {
	held, err := authenticator.Of(tx, customerID)
	wanted, _ := set.Policy(policyCode)
	for _, a := range held {
		if p, known := set.Policy(a.Policy); !known || p.Method == policy.MethodToken || wanted.Method == policy.MethodPassword {
			return true, err
		}
	}
	return false, err
}

// Registered reports whether the customer has registered a token before, so that Issue
// needs an identification.
func (d *Desk) Registered(ctx context.Context, customerID ident.ID) (before bool, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) (err error) {
		before, err = registered(tx, customerID, d.policies.Active(), "")
		return err
	})
	return before, err
}

func (d *Desk) insert(tx *db.Tx, by audit.Actor, c customer.Customer, in Issue, value string, identified ident.ID) (Code, error) {
	if in.ID.IsZero() {
		in.ID = ident.New(tx.Now, d.random)
	}
	old, found, err := validCode(tx, c.ID, in.Policy)
	if err != nil {
		return Code{}, err
	}
	if found && old.ID != in.ID {
		if _, err := old.end(tx, Superseded); err != nil {
			return Code{}, err
		}
		if err := old.abandon(tx); err != nil {
			return Code{}, err
		}
	}
	canonical, err := ident.ReadCode(value)
	if err != nil {
		return Code{}, err
	}
	code := Code{
		Customer: c.ID, ID: in.ID, Policy: in.Policy, Status: Valid, Created: tx.Now, By: by.String(), Expires: tx.Now.Add(in.Valid),
		form: "hashed", value: d.hash(c.ID, in.ID, canonical),
	}
	n, err := tx.Exec(`INSERT INTO activation_code (`+codeColumns+`) VALUES ($1, $2, $3, $4, $5, 'valid', 0, 0, 0, NULL, $6, $7, $8, NULL)
		ON CONFLICT DO NOTHING`, code.Customer, code.ID, code.Policy, code.form, code.value, code.Created, code.By, code.Expires)
	if err != nil {
		return code, err
	}
	if n == 0 {
		if _, before, err := codeByID(tx, c.ID, in.ID); err != nil || !before {
			return code, errors.Join(err, fault.Conflictf("registration.concurrent", "Another activation code was made for this customer at the same moment. Please try again."))
		}
		return code, fault.Conflictf("registration.issued_before", "This request made an activation code before; it cannot be shown again. Ask for a new one.")
	}
	if _, err := tx.Exec("INSERT INTO activation_attempts (customer, failures, blocks, blocked_until) VALUES ($1, 0, 0, NULL) ON CONFLICT (customer) DO NOTHING", c.ID); err != nil {
		return code, err
	}
	details := map[string]any{"policy": code.Policy, "expires_at": code.Expires, "split": in.Split, "superseded": found}
	if !identified.IsZero() {
		details["identification"] = identified
	}
	code.record(tx, AuditIssued, by, details)
	return code, nil
}

// split returns the first half of a value and sends the second through the outbox.
// Half of the random characters are in each, so neither half helps to guess the
// other.
func (d *Desk) split(tx *db.Tx, c customer.Customer, code Code, value string) (string, error) {
	half := strings.LastIndexByte(value[:len(value)/2], '-') // codes have hyphens after every fourth character
	return value[:half], d.outbox.Put(tx, outbox.Message{
		Kind: MessageHalf, Customer: c.ID, Expires: code.Expires,
		Payload: mustJSON(Half{CustomerNumber: c.Number, Code: value[half+1:], Part: 2, Expires: code.Expires}),
	})
}
