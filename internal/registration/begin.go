package registration

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Reason says why a step was refused. It is for the bank's systems and staff,
// never for the customer.
type Reason string

// Reasons.
const (
	Accepted       Reason = ""
	WrongCode      Reason = "wrong_activation_code" // or there is no such customer, or no code
	ExpiredCode    Reason = "expired_activation_code"
	BlockedCode    Reason = "too_many_attempts"
	UnknownSerial  Reason = "unknown_serial"
	TokenTaken     Reason = "token_not_in_stock"
	TokenReserved  Reason = "token_reserved"
	TokenExpired   Reason = "token_expired"
	TokenModel     Reason = "token_model"
	TokenAmbiguous Reason = "token_ambiguous"
	TokenResync    Reason = "token_resync_first" //nolint:gosec // a reason, no credential
	WrongSecret    Reason = "wrong_secure_code"
	Over           Reason = "registration_over"
)

// Registration is what the caller is told about a registration.
type Registration struct {
	Handle  string // its opaque name; empty when refused at the start
	State   State  // "" when refused at the start
	Refused Reason // why the last step was refused; Accepted when it was not
	Expires time.Time
	Token   *Token // the reserved token, from Reserved on
	Steps   []Step // of a registration without a token: its policies, in their order
}

// Token is what the customer's page needs to know about the reserved token.
type Token struct {
	Serial    string
	Model     string // code of the model
	ModelName string
	Digits    int    // length of its codes
	Question  string // to be typed into the token first; "" when it needs none
	ChoosePIN bool   // a PIN must be chosen now, which is later typed with each code
	PINTyped  bool   // a PIN that exists is typed together with the code
	PINMin    int    // shortest PIN
}

// Begin is what starts a registration.
type Begin struct {
	CustomerNumber string // as typed
	ActivationCode string // as typed
	Policy         string // what to register for
	Channel        string // where the customer is: web, branch …
}

// Begin checks an activation code and starts a registration, or resumes one
// (F-4.1.4–5).
func (d *Desk) Begin(ctx context.Context, by audit.Actor, in Begin) (out Registration, err error) {
	set := d.policies.Active()
	p, known := set.Policy(in.Policy)
	if !known || !p.Registrable() {
		return out, fault.Invalidf("registration.policy", "There is no policy %q that one can register for.", in.Policy).WithField("policy")
	}
	canonical, err := ident.ReadCode(in.ActivationCode)
	if err != nil {
		return out, fault.Invalidf("registration.code_form", "Please check the activation code: %v.", err).WithField("activation_code")
	}
	var c customer.Customer
	var found bool
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		c, found, err = customer.ByNumber(tx, in.CustomerNumber)
		return err
	})
	if err != nil {
		return out, err
	}
	if !found {
		c.ID = ident.Derive("nobody", in.CustomerNumber)
	}
	err = d.db.Settle(ctx, c.ID, func(tx *db.Tx) error {
		out, err = d.begin(tx, by, c, p, in.Channel, canonical, set)
		return err
	})
	if err != nil {
		return Registration{}, err
	}
	return out, nil
}

func (d *Desk) begin(tx *db.Tx, by audit.Actor, c customer.Customer, p policy.Policy, channel, canonical string, set *policy.Set) (Registration, error) {
	claimed, err := attempts.Claim(tx, set.Registration.Attempts, c.ID)
	if err != nil {
		return Registration{}, err
	}
	code, found, err := validCode(tx, c.ID, p.Code)
	if err != nil {
		return Registration{}, err
	}
	right := d.right(code, canonical)
	reason := Accepted
	switch {
	case found && !claimed:
		reason = BlockedCode
	case !right || !found || c.Status != customer.Active:
		reason = WrongCode
	case code.Expired(tx.Now):
		reason = ExpiredCode
	case code.Tries.Blocked(tx.Now):
		reason = BlockedCode
	default:
		if held, err := code.hold(tx); err != nil {
			return Registration{}, err
		} else if !held {
			reason = WrongCode // taken back since it was read
		}
	}
	if reason != Accepted {
		audit.Record(tx, audit.Event{Kind: AuditRefused, By: by, Customer: c.ID, Object: "policy:" + p.Code, Details: map[string]any{"reason": reason, "channel": channel}})
		return Registration{Refused: reason}, nil
	}
	if _, err := attempts.Clear(tx, c.ID); err != nil {
		return Registration{}, err
	}
	r, err := d.start(tx, by, code, channel, set)
	if err != nil {
		return Registration{}, err
	}
	return d.describe(tx, r, set)
}

// start resumes the open registration of the code or makes a new one.
func (d *Desk) start(tx *db.Tx, by audit.Actor, code Code, channel string, set *policy.Set) (row, error) {
	old, found, err := current(tx, code.Customer, code.Policy)
	if err != nil {
		return row{}, err
	}
	if found && old.code == code.ID && old.open(tx.Now) {
		old.record(tx, AuditBegun, by, map[string]any{"resumed": true, "state": old.state})
		return old, nil
	}
	if found {
		if _, err := old.move(tx, Abandoned, old.device, ""); err != nil {
			return row{}, err
		}
	}
	if err := forget(tx, code.Customer); err != nil {
		return row{}, err
	}
	r := row{
		customer: code.Customer, id: ident.New(tx.Now, d.random), code: code.ID, policy: code.Policy, channel: channel, state: Begun,
		created: tx.Now, expires: tx.Now.Add(set.Registration.Resume),
	}
	r.record(tx, AuditBegun, by, map[string]any{"resumed": false, "policy": code.Policy, "channel": channel})
	return r, r.insert(tx)
}
