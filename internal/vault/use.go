package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Worn is why a grant is of no use, whatever the account's standing (DI-26).
type Worn string

// Reasons why a grant is of no use.
const (
	WornUnknown  Worn = "unknown"  // the token never had it
	WornEnded    Worn = "ended"    // taken away
	WornTime     Worn = "time"     // past its end
	WornUses     Worn = "uses"     // used as often as it may be
	WornAmount   Worn = "amount"   // the payment would exceed what is left
	WornCurrency Worn = "currency" // it pays in its own currency alone
)

// Charge is what a payment takes of a grant: one use, and its amount in minor units.
type Charge struct {
	Token    ident.ID
	Kind     Kind
	Index    cryptogram.Index
	Amount   int64
	Currency string
}

// Use takes one use and the amount of a grant, in one conditional statement (DI-22 to DI-27, DI-31). The result is "" if it was taken,
// otherwise why not, and then nothing has changed.
func Use(tx *db.Tx, c Charge) (Worn, error) {
	rows, err := tx.Exec(use, c.args(tx)...)
	if err != nil || rows == 1 {
		return "", err
	}
	return whyNot(tx, c)
}

const use = `UPDATE vault_grant SET used = used + 1, charged = charged + CASE WHEN amount > 0 AND currency = $5 THEN $4 ELSE 0 END
	WHERE token = $1 AND kind = $2 AND number = $3 AND ended_at IS NULL AND expires_at > $6 AND (uses = 0 OR used < uses)
	AND (amount = 0 OR currency = $5 AND charged + $4 <= amount OR currency <> $5 AND elsewhere = 'count')`

// args are those of use.
func (c *Charge) args(tx *db.Tx) []any {
	return []any{c.Token, string(c.Kind), int64(c.Index), c.Amount, c.Currency, tx.Now}
}

// whyNot tells why a charge could not be taken.
func whyNot(tx *db.Tx, c Charge) (Worn, error) {
	worn, err := Look(tx, c)
	if err == nil && worn == "" {
		worn = WornAmount // taken by somebody else between the two statements, and given back
	}
	return worn, err
}

// Look tells what [Use] would, and takes nothing.
func Look(tx *db.Tx, c Charge) (Worn, error) {
	g, ok, err := grantOf(tx, c.Token, c.Kind, c.Index)
	if err != nil || !ok {
		return WornUnknown, err
	}
	return g.refuses(tx.Now, c.Amount, c.Currency), nil
}

// refuses tells why a grant does not give an amount at the moment now; "" if it does.
func (g *Grant) refuses(now time.Time, amount int64, currency string) Worn {
	switch {
	case g.State(now) != "":
		return g.State(now)
	case g.Limit.Amount == 0 || g.Limit.Currency != currency && g.Limit.Foreign == "count":
		return ""
	case g.Limit.Currency != currency:
		return WornCurrency
	case g.Charged+amount > g.Limit.Amount:
		return WornAmount
	}
	return ""
}

// Owe charges what was paid beyond a payment's own charge, and takes no use: the payment has taken one. It is paid whatever the limit is; the
// result says that it is exceeded.
func Owe(tx *db.Tx, c Charge) (Worn, error) {
	if _, err := tx.Exec("UPDATE vault_grant SET charged = charged + $4 WHERE token = $1 AND kind = $2 AND number = $3 AND amount > 0 AND currency = $5",
		c.Token, string(c.Kind), int64(c.Index), c.Amount, c.Currency); err != nil {
		return "", err
	}
	c.Amount = 0
	worn, err := Look(tx, c)
	if worn != WornAmount {
		worn = ""
	}
	return worn, err
}

// Misses is how many wrong cryptograms or codes end a grant: a code has three digits.
const Misses = 5

// Missed counts a wrong cryptogram or code under a grant; enough of them end it.
func Missed(tx *db.Tx, token ident.ID, x cryptogram.Index) error {
	_, err := tx.Exec(`UPDATE vault_grant SET misses = misses + 1, ended_at = CASE WHEN misses + 1 >= $4 THEN CAST($3 AS BIGINT) END
		WHERE token = $1 AND kind IN ('key', 'data') AND number = $2 AND ended_at IS NULL`, token, int64(x), tx.Now, Misses)
	return err
}

// End takes a limited-use key, or data, away from its token.
func End(tx *db.Tx, token ident.ID, x cryptogram.Index) error {
	_, err := tx.Exec("UPDATE vault_grant SET ended_at = $3 WHERE token = $1 AND kind IN ('key', 'data') AND number = $2 AND ended_at IS NULL", token, int64(x), tx.Now)
	return err
}

// GiveBack returns the amount of a payment that was reversed, or a part of it; never a use (DD-13). Whoever calls it sees to it that no more
// comes back than the payment took.
func GiveBack(tx *db.Tx, c Charge) error {
	_, err := tx.Exec(`UPDATE vault_grant SET charged = CASE WHEN charged > $4 THEN charged - $4 ELSE 0 END
		WHERE token = $1 AND kind IN ('key', 'data') AND number = $2 AND amount > 0 AND currency = $3`, c.Token, int64(c.Index), c.Currency, c.Amount)
	return err
}

// CounterWindow is how far a transaction counter may lie behind the highest one.
const CounterWindow = 64

// MaxCounter is the highest transaction counter (ATC); at it the account is enrolled anew.
const MaxCounter = 65_535

// Counter takes a transaction counter of a token: once, and none that lies [CounterWindow] or more behind the highest. It reports whether it was
// taken. Counters never go back.
func Counter(tx *db.Tx, token ident.ID, counter int) (bool, error) {
	if counter < 1 || counter > MaxCounter {
		return false, nil
	}
	for {
		var highest int
		var behind uint64
		if err := tx.Row("SELECT counter, behind FROM vault_token WHERE id = $1", token).Scan(&highest, (*window)(&behind)); err != nil {
			return false, err
		}
		top, seen, ok := taken(highest, behind, counter)
		if !ok {
			return false, nil
		}
		rows, err := tx.Exec(takeCounter, token, highest, int64(behind), top, int64(seen)) //nolint:gosec // a bit map
		if err != nil || rows == 1 {
			return rows == 1, err
		}
	}
}

const takeCounter = "UPDATE vault_token SET counter = $4, behind = $5 WHERE id = $1 AND counter = $2 AND behind = $3"

// taken marks a counter: bit i of behind is the counter highest-1-i.
func taken(highest int, behind uint64, counter int) (top int, seen uint64, ok bool) {
	if counter > highest {
		if shift := counter - highest; highest > 0 && shift <= CounterWindow {
			return counter, behind<<shift | 1<<(shift-1), true
		}
		return counter, 0, true
	}
	back := highest - counter - 1
	if back < 0 || back >= CounterWindow || behind&(1<<back) != 0 {
		return 0, 0, false
	}
	return highest, behind | 1<<back, true
}

// window is a bit map in a column of whole numbers.
type window uint64

// Scan reads it.
func (w *window) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("vault: a window is stored as %T", src)
	}
	*w = window(n) //nolint:gosec // a bit map
	return nil
}

// LimitedKey derives the key of a grant, for checking a cryptogram, and returns the token's portfolio with it. The key is nil where the token
// has no such grant. The caller clears it.
func (d *Desk) LimitedKey(tx *db.Tx, t *Token, x cryptogram.Index) ([]byte, Portfolio, error) {
	p, err := needPortfolio(tx, t.Portfolio)
	if err != nil {
		return nil, p, err
	}
	g, ok, err := grantOf(tx, t.ID, Key, x)
	if err != nil || !ok {
		return nil, p, err
	}
	number, err := d.Ring.Open(tokenLabel, t.ID, t.sealed)
	if err != nil {
		return nil, p, err
	}
	raw, err := d.limitedKey(tx, &p, g.KeySet, string(number), x)
	return raw, p, err
}

func grantOf(tx *db.Tx, token ident.ID, kind Kind, x cryptogram.Index) (Grant, bool, error) {
	all, err := grants(tx, "WHERE token = $1 AND kind = $2 AND number = $3", token, string(kind), int64(x))
	if err != nil || len(all) == 0 {
		return Grant{}, false, err
	}
	return all[0], true, nil
}

func grants(tx *db.Tx, where string, args ...any) (all []Grant, err error) {
	err = tx.Each("SELECT "+grantColumns+" FROM vault_grant "+where, args, func(r db.Row) error {
		var g Grant
		var number int64
		dest := g.dest()
		dest[2] = &number
		err := r.Scan(dest...)
		g.Index = cryptogram.Index(number) //nolint:gosec // seven digits
		all = append(all, g)
		return err
	})
	return all, err
}

// Grants lists those of a token, the newest first.
func (d *Desk) Grants(ctx context.Context, token ident.ID) (all []Grant, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = grants(tx, "WHERE token = $1 ORDER BY created_at DESC, number DESC", token)
		return err
	})
	return all, err
}

// Restored ends all grants and closes the counters' windows, after the restoration of a backup: what was paid since is not known, so every
// device asks for a new key.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("UPDATE vault_grant SET ended_at = $1 WHERE ended_at IS NULL", tx.Now)
	return err
}
