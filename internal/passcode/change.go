package passcode

import (
	"context"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

// Kinds of audit records about phones.
const (
	AuditPending   = "phone.pending"   // a customer named a new number
	AuditConfirmed = "phone.confirmed" // a code that was sent to it came back
	AuditActivated = "phone.activated" // codes go to it
	AuditRefused   = "phone.refused"   // they will not
	AuditRemoved   = "phone.removed"   // staff unregistered it
)

// Warrant is what allows a customer's act on their own phone: hub.Proven is one.
type Warrant interface {
	// Check refuses what is not this customer's, too old, or meant for something else.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Note names the warrant in the audit log.
	Note() (key, value string)
	// Factors returns what was shown for it.
	Factors() authenticator.Factor
}

// Change asks for codes to go to another number.
type Change struct {
	Customer ident.ID
	Number   string // as typed; see customer.ReadPhone
	Source   string // address of the customer; "" when it is not known
	Staff    bool   // staff must agree (risk says so), however long the policy lets others wait
}

// pendingLife is how long a phone waits for its first code.
const pendingLife = 24 * time.Hour

// Change sends a code to a new number of the customer's. Binding a phone is binding an
// authenticator: it needs a warrant of two independent factors (SCA-50, SCA-74). Until the new
// phone is active, codes go to the old one. One that was begun before is given up.
//
// Faults: "proof.required", "passcode.two_factors" (Denied), "passcode.number",
// "passcode.number_class", "passcode.country", "passcode.policy" (Invalid),
// "passcode.same_number", "passcode.request_limit", "passcode.waiting" (a change is on
// hold already), "customer.closed", "customer.contacts_full" (Conflict),
// "passcode.budget" (Limited).
func (p *Passcodes) Change(ctx context.Context, by audit.Actor, w Warrant, set *policy.Set, in Change) (x Phone, c authenticator.Challenge, err error) {
	rule, number, err := changeable(set, in.Number)
	if err != nil {
		return x, c, err
	}
	err = p.db.Settle(ctx, in.Customer, func(tx *db.Tx) error {
		if err := allowed(tx, w, in.Customer, by); err != nil {
			return err
		}
		if x, err = p.pend(tx, by, in, number); err != nil {
			return err
		}
		key, value := w.Note()
		audit.Record(tx, audit.Event{Kind: AuditPending, By: by, Customer: in.Customer, Object: "phone:" + x.ID.String(), Details: map[string]any{key: value}})
		c, err = p.challengePhone(tx, set, rule, x, in.Source)
		return err
	})
	if err != nil {
		return Phone{}, authenticator.Challenge{}, err
	}
	return x, c, nil
}

// changeable reads a number that codes may go to, and finds the policy of the code.
func changeable(set *policy.Set, typed string) (policy.Policy, string, error) {
	rule, err := codePolicy(set)
	if err != nil {
		return rule, "", err
	}
	n, ok := customer.ReadPhone(typed, set.SMS.Region)
	if !ok {
		return rule, "", fault.Invalidf("passcode.number", "This is not a phone number: write + and the country code first, such as +47 912 34 567.").WithField("/number")
	}
	return rule, n.E164, textable(set, n)
}

func textable(set *policy.Set, n customer.PhoneNumber) error {
	switch {
	case !n.Texts():
		return fault.Invalidf("passcode.number_class", "Text messages go to mobile phones only, and this number is none.").WithField("/number")
	case !set.SMS.Allows(n.Country):
		return fault.Invalidf("passcode.country", "Text messages are not sent to that country.").WithField("/number")
	}
	return nil
}

// codePolicy is the policy by which the codes of phones themselves are made.
func codePolicy(set *policy.Set) (policy.Policy, error) {
	for _, p := range set.Passcodes() {
		if p.Use == policy.UseCode {
			return p, nil
		}
	}
	return policy.Policy{}, fault.Invalidf("passcode.policy", "The policies name no codes by text message.")
}

func allowed(tx *db.Tx, w Warrant, customerID ident.ID, by audit.Actor) error {
	if err := w.Check(tx, customerID, by); err != nil {
		return err
	}
	if !w.Factors().Independent() {
		return fault.Deniedf("passcode.two_factors", "Another phone needs two different factors: log in with both first.")
	}
	return nil
}

// pend stores the new phone.
func (p *Passcodes) pend(tx *db.Tx, by audit.Actor, in Change, number string) (x Phone, err error) {
	if _, err := customer.Living(tx, in.Customer); err != nil {
		return x, err
	}
	all, err := p.phones(tx, in.Customer)
	if err != nil {
		return x, err
	}
	if slices.ContainsFunc(all, func(old Phone) bool { return old.Status == Held }) {
		return x, fault.Conflictf("passcode.waiting", "Another number waits to become the customer's already. Call the bank, or let it be refused first.")
	}
	for _, old := range all {
		if err := p.gives(tx, by, old, number); err != nil {
			return x, err
		}
	}
	contact, err := p.customers.Keep(tx, by, in.Customer, customer.NewContact{Kind: customer.Phone, Value: number})
	if err != nil {
		return x, err
	}
	x = Phone{ID: ident.New(tx.Now, p.random), Customer: in.Customer, Contact: contact, Status: Pending, Created: tx.Now, Until: tx.Now.Add(pendingLife)}
	if in.Staff {
		x.Until = limit.Forever
	}
	if added, err := x.insert(tx); err != nil || !added {
		return x, orBusy(err)
	}
	_, x.Number, err = p.reached(tx, in.Customer, contact)
	return x, err
}

// gives reports whether a phone of the customer's leaves room for another one.
func (p *Passcodes) gives(tx *db.Tx, by audit.Actor, old Phone, number string) error {
	switch old.Status {
	case Pending:
		return p.refuse(tx, by, old, map[string]any{"reason": "another number"})
	case Active:
		had, _, err := p.reached(tx, old.Customer, old.Contact)
		switch {
		case err != nil:
			return err
		case old.Requests.Blocked(tx.Now):
			return fault.Conflictf("passcode.request_limit", "Too many codes were asked for: the help desk must register the phone anew.")
		case had == number:
			return fault.Conflictf("passcode.same_number", "Codes go to this number already.").WithField("/number")
		}
	case Held, Replaced, Removed, Refused:
	}
	return nil
}

func orBusy(err error) error {
	if err != nil {
		return err
	}
	return fault.Conflictf("passcode.busy", "Somebody else changed the customer's phones at the same moment. Please try again.")
}

// challengePhone sends a code to a phone that is not active yet. The customer's request
// limit counts it on the phone that is. What a budget refuses is said: the customer has
// shown two factors.
func (p *Passcodes) challengePhone(tx *db.Tx, set *policy.Set, rule policy.Policy, x Phone, source string) (authenticator.Challenge, error) {
	r := p.about(tx, set, rule, x)
	r.Asking.Source = source
	c, fresh, err := p.claim(tx, r, x.ID)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	masked, number, err := p.destination(tx, x.Customer, x.ID)
	if err != nil || !fresh {
		return c.challenge(masked), err
	}
	e := p.envoy(&r, &c, number)
	e.body.phone = true
	if e.counts, err = activePhone(tx, x.Customer); err != nil {
		return authenticator.Challenge{}, err
	}
	if err := e.send(tx, false); err != nil {
		return authenticator.Challenge{}, err
	}
	if c.Withheld != "" {
		return authenticator.Challenge{}, fault.Limitedf(sms.Retry, "passcode.budget", "No text message can be sent to this number now. Try again later, or call the bank.")
	}
	return c.challenge(masked), nil
}

// about is what a code for a phone is bound to: the phone itself.
func (p *Passcodes) about(tx *db.Tx, set *policy.Set, rule policy.Policy, x Phone) authenticator.Request {
	return authenticator.Request{Authentication: x.ID, Customer: x.Customer, Policy: rule, Set: set, Now: tx.Now}
}
