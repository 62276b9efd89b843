package vault

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Paying is all that decides whether a token may pay with a key, read in one statement: a payment waits for each.
type Paying struct {
	Token     Token
	Holder    string        // status of the customer; "" for none
	Standing  AccountStatus // of the account; "" for none
	Expires   string        // of the account, YYMM
	Portfolio Portfolio
	Grant     Grant // the key, or the data; its Token is zero where the token never had it

	key    ident.ID // of the master keys that the grant names
	master []byte   // sealed
}

// payingColumns are those of dest.
var payingColumns = qualified("t", tokenColumns) + ", COALESCE(c.status, ''), COALESCE(a.status, ''), COALESCE(a.expires, ''), " + qualified("p", portfolioColumns) + `,
	g.token, COALESCE(g.kind, ''), COALESCE(g.key_set, 0), COALESCE(g.uses, 0), COALESCE(g.used, 0), COALESCE(g.amount, 0), COALESCE(g.charged, 0), COALESCE(g.currency, ''), COALESCE(g.elsewhere, ''),
	g.expires_at, g.ended_at, g.created_at, k.id, k.master`

// qualified puts the name of a table before each column of a list.
func qualified(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}

func (p *Paying) dest() []any {
	g := &p.Grant
	all := append(p.Token.dest(), &p.Holder, (*string)(&p.Standing), &p.Expires)
	all = append(all, p.Portfolio.dest()...)
	return append(all, &g.Token, (*string)(&g.Kind), &g.KeySet, &g.Limit.Uses, &g.Used, &g.Limit.Amount, &g.Charged, &g.Limit.Currency, &g.Limit.Foreign, &g.Expires, &g.Ended, &g.Created, &p.key, &p.master)
}

// Paying reads what decides about a payment with the token of a number and its limited-use key or data, which have indexes of one count; false when there is no
// such token. It is one statement whatever there is, so that unknown numbers cost what known ones do.
func (d *Desk) Paying(tx *db.Tx, number string, x cryptogram.Index) (p Paying, ok bool, err error) {
	ok, err = found(tx.Row("SELECT "+payingColumns+` FROM vault_token t JOIN vault_portfolio p ON p.id = t.portfolio LEFT JOIN customer c ON c.id = t.customer
		LEFT JOIN vault_account a ON a.id = t.account LEFT JOIN vault_grant g ON g.token = t.id AND g.kind IN ('key', 'data') AND g.number = $2
		LEFT JOIN vault_key k ON k.portfolio = t.portfolio AND k.number = g.key_set WHERE t.number_hash = $1`, d.hash(tokenLabel, number), int64(x)).Scan(p.dest()...))
	p.Grant.Index = x
	return p, ok, err
}

// CardOver reports whether the card behind the token has expired at the moment now.
func (p *Paying) CardOver(now time.Time) bool { return !endOf(p.Expires).After(now) }

// LimitedKeyOf derives the key of the grant, or the secret of its data; nil where the token never had it. The caller clears it.
func (d *Desk) LimitedKeyOf(p *Paying) ([]byte, error) {
	if p.Grant.Token.IsZero() {
		return nil, nil
	}
	if p.key.IsZero() {
		return nil, noKeySet(p.Grant.KeySet)
	}
	number, err := d.TokenNumber(&p.Token)
	if err != nil {
		return nil, err
	}
	return d.deriveLimited(&p.Portfolio, p.key, p.master, number, p.Grant.Index)
}

// Look is the function of this name for a grant that was read.
func (p *Paying) Look(tx *db.Tx, amount int64, currency string) Worn {
	if p.Grant.Token.IsZero() {
		return WornUnknown
	}
	return p.Grant.refuses(tx.Now, amount, currency)
}

// Counter is the function of this name for a token that was read: one statement, unless another payment came between.
func (p *Paying) Counter(tx *db.Tx, counter int) (bool, error) {
	if counter < 1 || counter > MaxCounter {
		return false, nil
	}
	t := &p.Token
	top, seen, ok := taken(t.Counter, t.behind, counter)
	if !ok {
		return false, nil
	}
	rows, err := tx.Exec(takeCounter, t.ID, t.Counter, int64(t.behind), top, int64(seen)) //nolint:gosec // bit maps
	if err != nil || rows == 1 {
		return rows == 1, err
	}
	return Counter(tx, t.ID, counter)
}

// Use is the function of this name for a grant that was read, which has afterwards what is stored: one plain statement, unless another payment came between.
func (p *Paying) Use(tx *db.Tx, amount int64, currency string) (Worn, error) {
	g := &p.Grant
	if worn := p.Look(tx, amount, currency); worn != "" {
		return worn, nil
	}
	charge := int64(0)
	if g.Limit.Amount > 0 && g.Limit.Currency == currency {
		charge = amount
	}
	rows, err := tx.Exec("UPDATE vault_grant SET used = $4, charged = $5 WHERE token = $1 AND kind = $2 AND number = $3 AND used = $6 AND charged = $7 AND ended_at IS NULL",
		g.Token, string(g.Kind), int64(g.Index), g.Used+1, g.Charged+charge, g.Used, g.Charged)
	if err != nil || rows == 1 {
		g.Used, g.Charged = g.Used+1, g.Charged+charge
		return "", err
	}
	c := Charge{Token: g.Token, Kind: g.Kind, Index: g.Index, Amount: amount, Currency: currency}
	took, err := found(tx.Row(use+" RETURNING used, charged", c.args(tx)...).Scan(&g.Used, &g.Charged))
	if err != nil || took {
		return "", err
	}
	return whyNot(tx, c)
}
