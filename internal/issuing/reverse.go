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

// Reversal takes an approval back: it says what is paid in fact. So two that say the same, under whatever keys, take back once.
type Reversal struct {
	Key      string // of the reversal itself: a repeat has the same
	Original string // key of the request
	Paid     int64  // minor units that stay paid; 0: none
	Number   string // the token; empty: it is not said
	Currency string // ISO 4217, three letters; empty: it is not said
	// Late says that the answer to a request came too late or never, so that its approval here counts for nothing. What was decided elsewhere instead, and an
	// advice told of, stays.
	Late bool
}

// Returned is what became of a reversal.
type Returned struct {
	Authorization ident.ID `json:"authorization"` // zero: the original has not come; when it does it is refused
	Amount        int64    `json:"amount"`        // minor units that came back by it
	Other         string   `json:"other"`         // the original is there with another token or currency, this word says which; nothing came back
	Repeated      bool     `json:"-"`
}

// Reverse takes an approval back, in part or whole, once for each key, and never more than was approved (ISO-5, ISO-6). One that
// comes before its original makes the original fail; of an advice it leaves what stays paid. The faults are "issuing.request" (Invalid) and "issuing.duplicate" (Conflict: the
// key with other content).
func (d *Desk) Reverse(ctx context.Context, by audit.Actor, r Reversal) (out Returned, err error) {
	if len(r.Key) == 0 || len(r.Key) > 200 || len(r.Original) == 0 || len(r.Original) > 200 || r.Key == r.Original || r.Paid < 0 || r.Paid > maxAmount {
		return out, fault.Invalidf("issuing.request", "A reversal has a key of its own, that of its original, and an amount of at most twelve digits.")
	}
	content := r.digest(d.Ring.MAC(keyLabel, []byte("number"), []byte(r.Number)))
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		out = Returned{}
		// The original's row first: a request that is being decided finds it, or is waited for.
		digest := d.Ring.MAC(keyLabel, []byte("message"), []byte(r.Original))
		if err := reversing(tx, digest, r.Paid); err != nil {
			return err
		}
		done, err := d.reversed(tx, r.Key, content[:], &out)
		if err != nil || done {
			return err
		}
		o, found, err := loadOriginal(tx, digest)
		if err == nil && found {
			err = d.takeBack(tx, o, &r, &out)
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditReversed, By: by, Customer: o.customer, Object: out.Authorization.String(), Details: map[string]any{"paid": r.Paid, "returned": out.Amount, "found": found, "other": out.Other}})
		return d.keep(tx, r.Key, out)
	})
	return out, err
}

// digest is what two reversals of one key are compared by.
func (r *Reversal) digest(number []byte) [sha256.Size]byte {
	b := fmt.Appendf(number, "reversal %d %s %s", r.Paid, r.Currency, r.Original)
	if r.Late {
		b = append(b, " late"...)
	}
	return sha256.Sum256(b)
}

// reversing notes at a message, which may not have come yet, that it is taken back but for what stays paid: the least that a reversal said.
func reversing(tx *db.Tx, digest []byte, paid int64) error {
	_, err := tx.Exec(`INSERT INTO issuing_message (digest, content, decision, answer, reversed, paid, created_at) VALUES ($1, NULL, NULL, '', 1, $2, $3)
		ON CONFLICT (digest) DO UPDATE SET paid = CASE WHEN issuing_message.reversed = 1 AND issuing_message.paid < excluded.paid THEN issuing_message.paid ELSE excluded.paid END, reversed = 1`,
		digest, paid, tx.Now)
	return err
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

// takeBack returns what is approved above what a reversal says is paid, where the original is one of its token and its currency. An advice told of its payment
// as a whole, whatever was approved here before: all of it is taken back.
func (d *Desk) takeBack(tx *db.Tx, o original, r *Reversal, out *Returned) error {
	if out.Authorization = o.id; o.approved == 0 {
		return nil
	}
	if r.Currency != "" && r.Currency != o.currency {
		out.Other = "currency"
	}
	if r.Number != "" {
		p, _, err := d.Vault.Paying(tx, r.Number, 0)
		if err != nil {
			return err
		}
		if p.Token.ID != o.token { // both are zero for one that nobody knows
			out.Other = "token"
		}
	}
	if out.Other != "" {
		return nil
	}
	if r.Late && o.kind == kindRequest && o.told {
		return nil
	}
	parts, left := []original{o}, o.approved-o.returned
	if o.kind == kindAdvice && o.reason != string(WrongCryptogram) && !o.token.IsZero() {
		var err error
		if parts, left, err = partsOf(tx, o); err != nil {
			return err
		}
	}
	back, err := d.giveBackOf(tx, parts, left-r.Paid)
	out.Amount = back
	return err
}

// giveBackOf returns an amount of the parts of a payment, in their order, at most what is left of them. back is how much.
func (d *Desk) giveBackOf(tx *db.Tx, parts []original, amount int64) (back int64, err error) {
	for i := 0; i < len(parts) && back < amount && err == nil; i++ {
		var n int64
		n, err = d.giveBack(tx, parts[i], amount-back)
		back += n
	}
	return back, err
}

// giveBack returns an amount of an authorization, at most what is left of it. back is how much.
func (d *Desk) giveBack(tx *db.Tx, o original, amount int64) (back int64, err error) {
	if amount = min(amount, o.approved-o.returned); amount <= 0 {
		return 0, nil
	}
	rows, err := tx.Exec("UPDATE issuing_authorization SET returned = returned + $2 WHERE id = $1 AND returned + $2 <= approved", o.id, amount)
	if err != nil || rows == 0 {
		return 0, err
	}
	if o.customer.IsZero() {
		return amount, nil // nobody's token: it is in no clearing, and has no key
	}
	if _, err = tx.Exec("INSERT INTO issuing_return (id, payment, customer, amount) VALUES ($1, $2, $3, $4)", ident.New(tx.Now, d.Rand), o.id, o.customer, amount); err != nil {
		return 0, err
	}
	return amount, vault.GiveBack(tx, vault.Charge{Token: o.token, Index: cryptogram.Index(o.number), Amount: amount, Currency: o.currency}) //nolint:gosec // seven digits
}
