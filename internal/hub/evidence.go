package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// shown is a proof that completed a step, as it is kept with the row: so an
// assertion says the same however often it is asked for, whatever becomes of
// policies and devices.
type shown struct {
	Policy  string               `json:"p"`
	Method  policy.Method        `json:"m"`
	Use     policy.Use           `json:"u,omitempty"`
	Factors authenticator.Factor `json:"f"`
	Device  ident.ID             `json:"d,omitzero"`

	Exhibit *authenticator.Exhibit `json:"x,omitempty"`
}

// show keeps an accepted proof.
func (r *row) show(p policy.Policy, f authenticator.Finding) {
	r.proofs = append(slices.Clip(r.proofs), shown{p.Code, p.Method, p.Use, f.Factors, f.Device, f.Exhibit})
}

// shown lists the policies that the accepted proofs were for.
func (r *row) shown() []string {
	codes := make([]string, len(r.proofs))
	for i, p := range r.proofs {
		codes[i] = p.Policy
	}
	return codes
}

// shownText is the stored form of proofs; "" when there are none.
func shownText(proofs []shown) string {
	if len(proofs) == 0 {
		return ""
	}
	b, err := json.Marshal(proofs)
	if err != nil {
		panic("hub: " + err.Error()) // texts and numbers always marshal
	}
	return string(b)
}

// parseShown reads what shownText wrote.
func parseShown(text string) (proofs []shown, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &proofs); err != nil {
		return nil, fmt.Errorf("hub: the proofs of an authentication: %w", err)
	}
	return proofs, nil
}

// Assert makes the assertion about a granted authentication of by's, for the
// audience ("" for by), and records that it did. The fault "evidence.not_granted" says
// that there is nothing to assert. It works until the authentication is swept,
// thirty days after its end.
func (h *Hub) Assert(ctx context.Context, by audit.Actor, handle, audience string) (evidence.Assertion, error) {
	f, err := h.facts(ctx, by, handle)
	if err != nil {
		return evidence.Assertion{}, err
	}
	return h.evidence.Issue(ctx, by, f, audience)
}

// Granted makes the assertion that belongs to the answer which grants a payment; one
// without text for any other outcome.
func (h *Hub) Granted(ctx context.Context, by audit.Actor, o Outcome) (a evidence.Assertion, err error) {
	if o.State != Granted || o.Payment.IsZero() || o.Exempt != "" { // there is no proof to tell of
		return a, nil
	}
	f, err := h.facts(ctx, by, o.Handle)
	if err != nil {
		return a, err
	}
	return h.evidence.Grant(ctx, f)
}

// facts gathers what can be said about an authentication of by's.
func (h *Hub) facts(ctx context.Context, by audit.Actor, handle string) (f evidence.Facts, err error) {
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		r, err := h.granted(tx, by, handle, fault.Conflictf("evidence.not_granted", "This authentication was not granted, so there is nothing to assert about it."))
		if err != nil {
			return err
		}
		if err := r.loadPayment(tx); err != nil {
			return err
		}
		f = evidence.Facts{
			Authentication: handle, ID: r.id, Customer: r.customer, Client: by,
			Purpose: r.purpose, Channel: r.channel, Payment: r.paid, Policies: r.policies, Granted: r.ended,
		}
		return r.describe(tx, &f)
	})
	return f, err
}

// granted reads an authentication of by's that was granted for what was shown; not is
// the fault of one that was not.
func (h *Hub) granted(tx *db.Tx, by audit.Actor, handle string, not error) (row, error) {
	customerID, id := h.named(handle)
	r, found, err := load(tx, by, customerID, id)
	switch {
	case err != nil:
		return r, err
	case !found:
		return r, unknown()
	case r.state != Granted, len(r.proofs) == 0: // exempted: nothing was shown
		return r, not
	}
	return r, nil
}

// describe adds what stands in other tables: the customer's number and the serial
// numbers of devices, neither of which ever changes.
func (r *row) describe(tx *db.Tx, f *evidence.Facts) error {
	c, _, err := customer.Find(tx, r.customer)
	if err != nil {
		return err
	}
	f.Subject = c.Number
	for _, p := range r.proofs {
		proof := evidence.Proof{Policy: p.Policy, Method: p.Method, Use: cmp.Or(p.Use, policy.UseCode), Factors: p.Factors, Exhibit: p.Exhibit}
		if !p.Device.IsZero() {
			d, _, err := device.Get(tx, p.Device)
			if err != nil {
				return err
			}
			proof.Device = d.Serial
		}
		f.Proofs = append(f.Proofs, proof)
	}
	return nil
}
