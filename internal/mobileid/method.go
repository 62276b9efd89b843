package mobileid

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Method is the hub's method of mobile IDs: the person signs on their phone what it shows. It is an
// authenticator.Remote. A policy of use code asks for the authentication key, one of use sign for the
// signing key.
type Method struct{ *Desk }

var _ authenticator.Remote = Method{}

// shows are the factors of a signature: the key is on the SIM, and only the right PIN uses it.
const shows = authenticator.Possession | authenticator.Knowledge

// pollEvery is how often whoever waits for an answer may look.
const pollEvery = 2 * time.Second

// asker is who asks for the hub, in the audit log.
var asker = audit.System("hub")

// Factor implements authenticator.Method.
func (m Method) Factor() authenticator.Factor { return shows }

// Begin implements authenticator.Method: the phone is asked, once for a decision, and again when the
// person let it pass. What would be a refusal for a provider is Withheld here: it is for the
// bank's systems, and looks like a request that nobody answers.
func (m Method) Begin(tx *db.Tx, r authenticator.Request) (c authenticator.Challenge, err error) {
	t, found, err := m.pending(tx, r)
	if err != nil {
		return c, err
	}
	if found && !t.due(tx.Now, r) {
		return m.challenge(t, r), nil
	}
	if found {
		if err := m.clear(tx, &t); err != nil {
			return c, err
		}
	}
	if t, err = m.put(tx, r); err != nil {
		return c, err
	}
	return m.challenge(t, r), nil
}

func (m Method) challenge(t Transaction, r authenticator.Request) authenticator.Challenge {
	return authenticator.Challenge{
		ID: t.ID, Expires: t.Expires, Again: t.Created.Add(r.Policy.Approval.Resend), Control: t.Control, Poll: pollEvery, Withheld: string(t.Withheld), Kind: authenticator.KindApproval,
	}
}

// pending returns what was asked for a decision and can still be taken.
func (m Method) pending(tx *db.Tx, r authenticator.Request) (Transaction, bool, error) {
	return find(tx, "customer = $1 AND authentication = $2 AND policy = $3 AND taken = 0 AND status IN ('asked', 'delivered', 'signed', 'valid')",
		r.Customer, r.Authentication, r.Policy.Code)
}

// due reports whether another request may take this one's place: it has run out, is of another
// payment, or has waited for so long that the person asks to be reminded.
func (t *Transaction) due(now time.Time, r authenticator.Request) bool {
	switch {
	case t.At(now) == TimedOut, t.Payment != r.Payment.Hash(), t.Status == Valid && t.stale(now):
		return true
	case !t.Status.Waiting(), r.Asking.Key != nil && bytes.Equal(t.asked, r.Asking.Key):
		return false
	}
	return t.Withheld != "" && !now.Before(t.Created.Add(r.Policy.Approval.Resend))
}

// takeFor is how long a valid signature may be taken after it has come.
const takeFor = 3 * time.Minute

// stale reports whether a valid signature was left alone for so long that it does not count any more.
func (t *Transaction) stale(now time.Time) bool { return now.After(t.Ended.Add(takeFor)) }

// clear makes room for another request.
func (m Method) clear(tx *db.Tx, t *Transaction) error {
	switch {
	case t.At(tx.Now) == TimedOut:
		return m.expire(tx, t, m.Policies.Active().MobileID)
	case t.Status.Open():
		return m.withdraw(tx, asker, t, Ended)
	}
	_, err := tx.Exec("UPDATE mobile_id_request SET taken = 1 WHERE customer = $1 AND id = $2 AND taken = 0", t.Customer, t.ID)
	return err
}

// put asks, and writes the same rows for whomever: limits and codes withhold.
func (m Method) put(tx *db.Tx, r authenticator.Request) (t Transaction, err error) {
	x := r.Set.MobileID
	c, _, err := customer.Find(tx, r.Customer)
	if err != nil {
		return t, err
	}
	in := m.request(r, languageOf(x, c.Locale))
	s, err := m.lookUp(tx, User{Customer: r.Customer}, "customer", r.Customer.String())
	if err != nil {
		return t, err
	}
	if err := m.overdue(tx, s.tag, x); err != nil {
		return t, err
	}
	mobile, why, err := m.withheld(tx, r, in, s)
	if err != nil {
		return t, err
	}
	t, data, err := m.compose(tx, in, s, r.Set)
	if err != nil {
		return t, err
	}
	if t.Withheld = why; why != "" { // it must not stand in the way of what can be sent
		t.number = m.tagOf("withheld", t.ID.String())
	}
	return t, m.leave(tx, asker, &t, mobile, data)
}

// withheld says why the phone is not asked; "" when it is.
func (m Method) withheld(tx *db.Tx, r authenticator.Request, in Request, s subject) (mobile MobileID, why Reason, err error) {
	x := r.Set.MobileID
	if err := paced(tx, s.tag, x); err != nil {
		return mobile, Reason(shortCode(err)), otherwise(err)
	}
	if mobile, why, err = m.may(tx, in, s, x); limitedOnly(err) != nil {
		return mobile, Reason(shortCode(err)), otherwise(err)
	}
	if err != nil || why != "" {
		return mobile, why, err
	}
	a, held, err := authenticator.Get(tx, r.Customer, r.Policy.Code)
	if err == nil && held && (a.Status != authenticator.Enabled || a.Failures.Blocked(tx.Now) || a.Expired(tx.Now)) {
		return mobile, NotTried, nil
	}
	if err != nil {
		return mobile, "", err
	}
	_, open, err := find(tx, "number = $1 AND status IN ('asked', 'delivered', 'signed') AND kind IN ('sign', 'generate', 'renew', 'unblock')", s.tag)
	if open {
		why = CardBusy
	}
	return mobile, why, err
}

// shortCode is the last part of a fault's code, such as "cool_down".
func shortCode(err error) string {
	code := fault.From(err).Code
	return code[strings.LastIndexByte(code, '.')+1:]
}

// request is what the signature server is asked.
func (m Method) request(r authenticator.Request, lang string) Request {
	role := applet.Authentication
	if r.Policy.Use == policy.UseSign {
		role = applet.Signing
	}
	service := r.Policy.Approval.Bank
	return Request{
		Provider: Provider{Name: service, Entitled: true}, User: User{Customer: r.Customer}, Role: role, Text: textOf(r, service, lang), Form: applet.Attributed,
		Control: ControlMode(r.Policy.Approval.Control), Spam: r.Asking.Spam, TTL: r.Policy.Approval.TTL, Language: lang, Purpose: r.Purpose,
		hub: asking{authentication: r.Authentication, policy: r.Policy.Code, payment: r.Payment.Hash(), key: r.Asking.Key, proven: r.Proven},
	}
}

// Check implements authenticator.Method. There is no code: what counts is whether a valid signature is
// here. As long as there is none, nothing is counted, and the faults are "mobileid.pending" and
// "mobileid.nothing" (Conflict).
func (m Method) Check(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (f authenticator.Finding, err error) {
	if strings.TrimSpace(proof.Code) != "" {
		return f, fault.Invalidf("mobileid.no_code", "A signature by the phone has no code: leave it out, and wait until the customer has signed.").WithField("code")
	}
	err = m.DB.Read(ctx, func(tx *db.Tx) error {
		t, found, err := m.pending(tx, r)
		switch {
		case err != nil:
			return err
		case found && t.Payment == r.Payment.Hash() && t.Status.Open() && t.At(tx.Now) != TimedOut:
			return fault.Conflictf("mobileid.pending", "The customer has not signed yet. Look again, or wait with getAuthentication.").WithRetry(pollEvery)
		case !found || t.Payment != r.Payment.Hash() || t.Status != Valid || t.stale(tx.Now):
			return fault.Conflictf("mobileid.nothing", "No signature is there: time ran out, or none was asked for. Ask for it with challengeAuthentication.")
		}
		mobile, found, err := Get(tx, t.Customer, t.Mobile)
		if err != nil || !found {
			return err
		}
		f = authenticator.Finding{
			Right: true, Factors: shows, Device: mobile.Device, Holder: true, Exhibit: t.exhibit(),
			Consume: func(tx *db.Tx) (bool, error) { return m.take(tx, t) },
		}
		return nil
	})
	return f, err
}

// take uses a signature up: once, in time, and only while the mobile ID may be used.
func (m Method) take(tx *db.Tx, t Transaction) (bool, error) {
	if t.stale(tx.Now) {
		return false, nil
	}
	n, err := tx.Exec("UPDATE mobile_id_request SET taken = 1 WHERE customer = $1 AND id = $2 AND status = 'valid' AND taken = 0", t.Customer, t.ID)
	if err != nil || n == 0 {
		return false, err
	}
	active, err := signs(tx, t.Customer)
	if err != nil || !active {
		return false, err
	}
	x, found, err := Get(tx, t.Customer, t.Mobile)
	return found && x.Usable(tx.Now), err
}

// Standing implements authenticator.Remote.
func (m Method) Standing(tx *db.Tx, r authenticator.Request) (s authenticator.Standing, err error) {
	t, found, err := find(tx, "customer = $1 AND authentication = $2 AND policy = $3 ORDER BY id DESC LIMIT 1", r.Customer, r.Authentication, r.Policy.Code)
	if err != nil || !found || t.taken || t.Payment != r.Payment.Hash() {
		return s, err
	}
	s = authenticator.Standing{ID: t.ID, Control: t.Control, Expires: t.Expires, Poll: pollEvery}
	switch status := t.At(tx.Now); {
	case status.Open():
		s.State = authenticator.Awaited
	case status == Valid && !t.stale(tx.Now):
		s.State = authenticator.Agreed
	default:
		s.State = authenticator.Lapsed
		if status != TimedOut && status != Valid {
			s.Why = authenticator.Reason(status)
		}
	}
	return s, nil
}

// Watch implements authenticator.Remote.
func (m Method) Watch(authentication ident.ID) (<-chan struct{}, func()) {
	return m.Desk.Watch(authentication)
}

// Cancel implements authenticator.Remote.
func (m Method) Cancel(tx *db.Tx, customerID, authentication ident.ID) error {
	var open []Transaction
	err := tx.Each("SELECT "+transactionColumns+" FROM mobile_id_request WHERE customer = $1 AND authentication = $2 AND status IN ('asked', 'delivered', 'signed')",
		[]any{customerID, authentication}, func(r db.Row) error {
			var t Transaction
			err := r.Scan(t.dest()...)
			open = append(open, t)
			return err
		})
	if err != nil {
		return err
	}
	for i := range open {
		if err := m.withdraw(tx, asker, &open[i], Ended); err != nil {
			return err
		}
	}
	tx.After(func() { m.waiting.Tell(authentication) })
	return nil
}
