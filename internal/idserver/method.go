package idserver

import (
	"context"
	"crypto/sha256"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Method is the hub's method of mobile IDs: that of the signature server, whose signatures are
// judged once more before they count, and confirmed on the phone where they signed a payment.
type Method struct {
	authenticator.Remote // of the signature server

	Desk *Desk
}

// Check implements authenticator.Method. A signature that does not stand up is the Conflict
// "identity.not_valid" and counts nothing: nobody has guessed. While the status of its certificate is not to be had the
// Unavailable "identity.no_status" says so, and the proof can be submitted again.
func (m Method) Check(ctx context.Context, r authenticator.Request, p authenticator.Proof) (f authenticator.Finding, err error) {
	if f, err = m.Remote.Check(ctx, r, p); err != nil || !f.Right || f.Exhibit == nil {
		return f, err
	}
	t, err := m.Desk.Signers.Transaction(ctx, r.Customer, f.Exhibit.ID)
	if err != nil {
		return authenticator.Finding{}, err
	}
	v, err := m.Desk.judge(ctx, expectedOf(r, &t), &t, r.Now)
	switch {
	case err != nil:
		return authenticator.Finding{}, err
	case v.later:
		return authenticator.Finding{}, fault.Unavailablef(nil, "identity.no_status", "The status of the certificate cannot be learned now. Please try again later.")
	case !v.good:
		return authenticator.Finding{}, m.refuse(ctx, r, &t, v)
	}
	consume := f.Consume
	f.Consume = func(tx *db.Tx) (bool, error) {
		ok, err := consume(tx)
		if err != nil || !ok || r.Payment.IsZero() {
			return ok, err
		}
		return true, m.confirm(tx, r, &t)
	}
	return f, nil
}

// expectedOf is what a signature for a request of the hub must be. The text is made by the
// signature server, so what is expected of it is that it has the payment in it.
func expectedOf(r authenticator.Request, t *mobileid.Transaction) expected {
	e := expected{customer: r.Customer, role: roleOf(r.Policy), expires: t.Expires}
	if t.Authentication == r.Authentication && t.Payment == r.Payment.Hash() && names(t.Text, r.Payment) {
		e.content = sha256.Sum256([]byte(t.Text))
	}
	return e
}

// refuse records that a signature did not stand up, and says so.
func (m Method) refuse(ctx context.Context, r authenticator.Request, t *mobileid.Transaction, v verdict) error {
	err := m.Desk.DB.Settle(ctx, r.Customer, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditDenied, By: audit.System("identity"), Customer: r.Customer, Object: "authentication:" + r.Authentication.String(), Details: decided{
			Kind: kindOf(r.Policy), Reason: v.reason, Transaction: t.ID.String(), Certificate: v.cert.Serial, Person: v.person,
		}})
		return nil
	})
	if err != nil {
		return err
	}
	return fault.Conflictf("identity.not_valid", "The signature that came from the phone could not be verified. Ask anew.")
}

// confirm leaves the confirmation of a payment for the phone.
func (m Method) confirm(tx *db.Tx, r authenticator.Request, t *mobileid.Transaction) error {
	w := wordsOf(t.Language)
	return m.Desk.queue(tx, r.Customer, t.Handle, w.paid+": "+r.Payment.Short(w.Words))
}

// roleOf is the key that a policy asks for.
func roleOf(p policy.Policy) applet.Role {
	if p.Use == policy.UseSign {
		return applet.Signing
	}
	return applet.Authentication
}

func kindOf(p policy.Policy) Kind {
	if p.Use == policy.UseSign {
		return Signature
	}
	return Authentication
}
