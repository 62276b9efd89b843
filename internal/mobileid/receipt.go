package mobileid

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// receiptFor is how long after a request its receipt may be shown, and keepReceipt how long it waits for
// the phone.
const (
	receiptFor  = time.Hour
	keepReceipt = 15 * time.Minute
)

// Message is shown on the phone after a decision (MSS_Receipt, F-3.8).
type Message struct {
	Text        string
	Acknowledge bool   // the person is to confirm it
	Language    string // "" the customer's
}

// Receipt shows a message on the phone that a request was asked of: one for each request, within an
// hour. What was withheld gets nothing, and the answer is the same. Faults:
// "mobileid.transaction" (NotFound), "mobileid.receipt" (Conflict), "mobileid.text",
// "mobileid.too_long" (Invalid).
func (d *Desk) Receipt(ctx context.Context, by audit.Actor, p Provider, handle string, in Message) (t Transaction, err error) {
	customer, id, ok := d.row(handle)
	if !ok {
		return t, noTransaction()
	}
	set := d.Policies.Active()
	if p.Name == "" {
		p.Name = set.MobileID.Service
	}
	form := Request{Role: applet.Authentication, Form: applet.Attributed, Text: in.Text, Provider: Provider{Name: p.Name, GSM: p.GSM, MaxText: p.MaxText}}
	if in.Text == "" {
		return t, fault.Invalidf("mobileid.missing", "There is nothing to be shown.").WithField("/text")
	}
	if err := form.readable(); err != nil {
		return t, err
	}
	err = d.DB.Settle(ctx, customer, func(tx *db.Tx) error {
		of, err := d.at(tx, p.Code, customer, id)
		if err != nil {
			return err
		}
		if of.Kind != Signing || of.Status.Waiting() || tx.Now.After(of.Expires.Add(receiptFor)) {
			return fault.Conflictf("mobileid.receipt", "A receipt is shown once a request has been answered, and within an hour.")
		}
		if err := referred(tx, "receipt", of.ID.String()); err != nil {
			return fault.Conflictf("mobileid.receipt", "The receipt of this request was shown already.").WithCause(err)
		}
		t, err = d.receipt(tx, by, of, in)
		return err
	})
	return t, err
}

func (d *Desk) receipt(tx *db.Tx, by audit.Actor, of Transaction, in Message) (t Transaction, err error) {
	set := d.Policies.Active()
	u := &unit{d: d, tx: tx, by: by, set: set, m: MobileID{Customer: of.Customer, tag: of.number}}
	m, found, err := Get(tx, of.Customer, of.Mobile)
	if err != nil {
		return t, err
	}
	lang := languageOf(set.MobileID, in.Language, of.Language)
	c := applet.Command{Kind: applet.Show, Service: of.Service, Text: in.Text, Acknowledge: in.Acknowledge, Seconds: secondsOf(set.MobileID.TTL), Language: lang}
	if c.Transaction, _, err = d.draw(); err != nil {
		return t, err
	}
	data, err := c.Append(nil)
	if err != nil {
		return t, (&Request{Role: applet.Authentication, Form: applet.Attributed, Text: in.Text, Provider: Provider{Name: of.Service}}).explain(err)
	}
	if found {
		u.m = m
	}
	t = u.task(c, Showing)
	t.Provider, t.Purpose, t.Expires, t.Digest = of.Provider, "receipt", tx.Now.Add(keepReceipt), of.Digest
	card, there, err := d.Cards.Card(tx, m.Card)
	if err != nil {
		return t, err
	}
	if !found || of.Withheld != "" || m.State != StateActive || !there || !card.Usable {
		t.Withheld = Withheld
	}
	return t, d.leave(tx, by, &t, u.m, data)
}
