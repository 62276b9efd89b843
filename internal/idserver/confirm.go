package idserver

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// confirmFor is how long the confirmation of a grant is worth showing.
const confirmFor = time.Hour

// confirmation is the payload of MessageConfirm.
type confirmation struct {
	Transaction string `json:"transaction"` // handle at the signature server
	Text        string `json:"text"`
}

// queue leaves the confirmation of a grant for the phone, in the transaction of the grant (F-3.8).
func (d *Desk) queue(tx *db.Tx, customer ident.ID, transaction, text string) error {
	if text == "" {
		return nil
	}
	payload, err := json.Marshal(confirmation{transaction, text})
	if err != nil {
		return err
	}
	return d.Outbox.Put(tx, outbox.Message{Kind: MessageConfirm, Customer: customer, Payload: payload, Dedupe: transaction, Expires: tx.Now.Add(confirmFor)})
}

// Deliver implements outbox.Handler: the phone shows the confirmation.
func (d *Desk) Deliver(ctx context.Context, m outbox.Message) error {
	var c confirmation
	if err := json.Unmarshal(m.Payload, &c); err != nil {
		return outbox.Permanent(err)
	}
	_, err := d.Signers.Receipt(ctx, system, mobileid.Provider{Code: mobileid.AnyProvider}, c.Transaction, mobileid.Message{Text: c.Text})
	if err == nil {
		return nil
	}
	if k := fault.KindOf(err); k == fault.NotFound || k == fault.Conflict || k == fault.Invalid { // erased, or its card is gone: there is no phone to tell
		return outbox.Permanent(err)
	}
	return err
}
