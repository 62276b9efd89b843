package issuing

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Reversal takes an approval back.
type Reversal struct {
	Key      string // of the reversal itself: a repeat has the same
	Original string // key of the request
	Amount   int64  // minor units to take back; 0: all of it
}

// Returned is what became of a reversal.
type Returned struct {
	Authorization ident.ID `json:"authorization"` // zero: the original has not come; when it does it is refused
	Amount        int64    `json:"amount"`        // minor units that came back by it
	Repeated      bool     `json:"-"`
}

// Reverse takes an approval back, in part or whole, once for each key, and never more than was approved (ISO-5, ISO-6). One that
// comes before its original makes the original fail. The faults are "issuing.request" (Invalid) and "issuing.duplicate" (Conflict: the
// key with other content).
func (d *Desk) Reverse(ctx context.Context, by audit.Actor, r Reversal) (out Returned, err error) {
	if len(r.Key) == 0 || len(r.Key) > 200 || len(r.Original) == 0 || len(r.Original) > 200 || r.Key == r.Original || r.Amount < 0 || r.Amount > maxAmount {
		return out, fault.Invalidf("issuing.request", "A reversal has a key of its own, that of its original, and an amount of at most twelve digits.")
	}
	content := sha256.Sum256(fmt.Appendf(nil, "reversal %d %s", r.Amount, r.Original))
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		out = Returned{}
		// The original's row first: a request that is being decided finds it, or is waited for.
		digest := d.Ring.MAC(keyLabel, []byte("message"), []byte(r.Original))
		if _, err := tx.Exec(`INSERT INTO issuing_message (digest, content, decision, answer, reversed, created_at) VALUES ($1, NULL, NULL, '', 1, $2)
			ON CONFLICT (digest) DO UPDATE SET reversed = 1`, digest, tx.Now); err != nil {
			return err
		}
		done, err := d.reversed(tx, r.Key, content[:], &out)
		if err != nil || done {
			return err
		}
		o, found, err := loadOriginal(tx, digest)
		if err == nil && found {
			err = d.giveBack(tx, o, r.Amount, &out)
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditReversed, By: by, Customer: o.customer, Object: out.Authorization.String(), Details: map[string]any{"amount": r.Amount, "returned": out.Amount, "found": found}})
		return d.keep(tx, r.Key, out)
	})
	return out, err
}

// reversed finds a reversal that came before: done, with what it did then.
func (d *Desk) reversed(tx *db.Tx, key string, content []byte, out *Returned) (done bool, err error) {
	digest := d.Ring.MAC(keyLabel, []byte("reversal"), []byte(key))
	rows, err := tx.Exec("INSERT INTO issuing_message (digest, content, decision, answer, reversed, created_at) VALUES ($1, $2, NULL, '', 0, $3) ON CONFLICT DO NOTHING", digest, content, tx.Now)
	if err != nil || rows == 1 {
		return false, err
	}
	var before []byte
	var answer string
	if err := tx.Row("SELECT content, answer FROM issuing_message WHERE digest = $1", digest).Scan(&before, &answer); err != nil {
		return false, err
	}
	if string(before) != string(content) {
		return false, fault.Conflictf("issuing.duplicate", "Another reversal came with this key.")
	}
	out.Repeated = true
	return true, json.Unmarshal([]byte(answer), out)
}

// keep stores the answer of a reversal.
func (d *Desk) keep(tx *db.Tx, key string, out Returned) error {
	answer, err := json.Marshal(out)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE issuing_message SET answer = $2 WHERE digest = $1", d.Ring.MAC(keyLabel, []byte("reversal"), []byte(key)), string(answer))
	return err
}

// giveBack returns an amount of an authorization, at most what is left of it.
func (d *Desk) giveBack(tx *db.Tx, o original, amount int64, out *Returned) error {
	out.Authorization = o.id
	left := o.approved - o.returned
	if amount == 0 || amount > left {
		amount = left
	}
	if amount <= 0 {
		return nil
	}
	rows, err := tx.Exec("UPDATE issuing_authorization SET returned = returned + $2 WHERE id = $1 AND returned + $2 <= approved", o.id, amount)
	if err == nil && rows == 1 {
		out.Amount = amount
		_, err = tx.Exec("INSERT INTO issuing_return (id, payment, customer, amount) VALUES ($1, $2, $3, $4)", ident.New(tx.Now, d.Rand), o.id, o.customer, amount)
	}
	if err != nil || rows == 0 {
		return err
	}
	return vault.GiveBack(tx, vault.Charge{Token: o.token, Kind: vault.Key, Index: cryptogram.Index(o.number), Amount: amount, Currency: o.currency}) //nolint:gosec // seven digits
}
