package vault

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kind is what is of limited use.
type Kind string

// Kinds of grants.
const (
	Key  Kind = "key"  // a limited-use key
	Data Kind = "data" // limited-use dynamic data: a secret that is good for codes of three digits, and for no cryptogram (DI-30)
)

// Grant is a key or data of limited use that a device got.
type Grant struct {
	Token   ident.ID
	Kind    Kind
	Index   cryptogram.Index
	KeySet  int // of the issuer's master keys
	Limit   Threshold
	Used    int
	Charged int64 // of the limit's amount
	Expires time.Time
	Ended   time.Time // taken away before its end; zero: not
	Created time.Time
}

const grantColumns = "token, kind, number, key_set, uses, used, amount, charged, currency, elsewhere, expires_at, ended_at, created_at"

func (g *Grant) dest() []any {
	return []any{
		&g.Token, (*string)(&g.Kind), (*int64)(nil), &g.KeySet, &g.Limit.Uses, &g.Used, &g.Limit.Amount, &g.Charged, &g.Limit.Currency, &g.Limit.Foreign,
		&g.Expires, &g.Ended, &g.Created,
	}
}

// State says in one word why a grant is of no use at the moment now; "" while it is of use.
func (g *Grant) State(now time.Time) Worn {
	switch {
	case !g.Ended.IsZero():
		return WornEnded
	case !g.Expires.After(now):
		return WornTime
	case g.Limit.Uses > 0 && g.Used >= g.Limit.Uses:
		return WornUses
	case g.Limit.Amount > 0 && g.Charged >= g.Limit.Amount:
		return WornAmount
	}
	return ""
}

// Low reports whether a device should ask for the next one now, by a profile's marks (DI-29).
func (g *Grant) Low(p *Profile, now time.Time) bool {
	if g.State(now) != "" || g.Limit.Uses > 0 && g.Limit.Uses-g.Used <= p.LowUses {
		return true
	}
	share := int64(p.LowShare)
	life := g.Expires.Sub(g.Created)
	return g.Limit.Amount > 0 && (g.Limit.Amount-g.Charged)*100 <= g.Limit.Amount*share || int64(g.Expires.Sub(now))*100 <= int64(life)*share
}

// Granted is a grant with what the device gets: the limited-use key, which the server does not keep.
type Granted struct {
	Grant

	Secret []byte // the key, or the secret of the data
}

// Renew gives a token its next key or data. renewal is the count that the device expects, one more than it had: the fault "vault.renewal"
// (Conflict) says that it is another, so that counts never go back and a copy of a device is found. Grants above the profile's number of
// keys end, the oldest first. Faults: "vault.token" (NotFound), "vault.standing" (Denied), "vault.hour" (Conflict: a hundred in this hour).
func (d *Desk) Renew(ctx context.Context, by audit.Actor, token ident.ID, kind Kind, renewal int) (out Granted, err error) {
	err = d.write(ctx, func(tx *db.Tx) error {
		out, err = d.RenewIn(tx, by, token, kind, renewal)
		return err
	})
	return out, err
}

// RenewIn is [Desk.Renew] in the caller's transaction.
func (d *Desk) RenewIn(tx *db.Tx, by audit.Actor, token ident.ID, kind Kind, renewal int) (out Granted, err error) {
	t, err := needToken(tx, token)
	if err != nil {
		return out, err
	}
	a, err := needAccount(tx, t.Account)
	if err != nil {
		return out, err
	}
	if a.Status != Good || a.Over(tx.Now) || t.Status != Active && t.Status != Inactive || !t.Expires.After(tx.Now) {
		return out, fault.Deniedf("vault.standing", "The token or its card is not in use: it gets no key.")
	}
	rows, err := tx.Exec("UPDATE vault_token SET renewals = renewals + 1 WHERE id = $1 AND renewals = $2", t.ID, renewal-1)
	if err != nil {
		return out, err
	}
	if rows == 0 {
		return out, fault.Conflictf("vault.renewal", "The device counts its renewals otherwise: %d were made.", t.Renewals)
	}
	p, err := needPortfolio(tx, t.Portfolio)
	if err != nil {
		return out, err
	}
	if out, err = d.grant(tx, &t, &p, kind); err == nil {
		record(tx, by, AuditGranted, t.Customer, t.ID, map[string]any{"kind": kind, "index": out.Index.String(), "key_set": out.KeySet, "renewal": renewal})
	}
	return out, err
}

func (d *Desk) grant(tx *db.Tx, t *Token, p *Portfolio, kind Kind) (Granted, error) {
	limit := p.Profile.Key
	if kind == Data {
		limit = p.Profile.Data
	}
	index, err := nextIndex(tx, t.ID)
	if err != nil {
		return Granted{}, err
	}
	set, err := newestKey(tx, p.ID)
	if err != nil {
		return Granted{}, err
	}
	g := Granted{Grant: Grant{Token: t.ID, Kind: kind, Index: index, KeySet: set, Limit: limit, Expires: tx.Now.Add(time.Duration(limit.Hours) * time.Hour), Created: tx.Now}}
	number, err := d.TokenNumber(t)
	if err != nil {
		return g, err
	}
	if g.Secret, err = d.limitedKey(tx, p, set, number, index); err != nil {
		return g, err
	}
	_, err = tx.Exec("INSERT INTO vault_grant ("+grantColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12)",
		t.ID, string(kind), int64(index), set, limit.Uses, 0, limit.Amount, int64(0), limit.Currency, limit.Foreign, g.Expires, g.Created)
	if err != nil {
		return g, err
	}
	_, err = tx.Exec(`UPDATE vault_grant SET ended_at = $3 WHERE token = $1 AND kind = $2 AND ended_at IS NULL AND number NOT IN
		(SELECT number FROM vault_grant WHERE token = $1 AND kind = $2 AND ended_at IS NULL ORDER BY created_at DESC, number DESC LIMIT $4)`, t.ID, string(kind), tx.Now, p.Profile.Keys)
	return g, err
}

// nextIndex is the next index of a token in this hour, over both kinds.
func nextIndex(tx *db.Tx, token ident.ID) (cryptogram.Index, error) {
	first, err := cryptogram.NewIndex(tx.Now, 0)
	if err != nil {
		return 0, err
	}
	var n int
	if err := tx.Row("SELECT COUNT(*) FROM vault_grant WHERE token = $1 AND number >= $2 AND number < $3 AND created_at > $4", token, int64(first), int64(first)+cryptogram.PerHour, tx.Now.AddDate(-1, 0, 0)).Scan(&n); err != nil {
		return 0, err
	}
	x, err := cryptogram.NewIndex(tx.Now, n)
	if err != nil {
		return 0, fault.Conflictf("vault.hour", "A hundred keys were made for this token in this hour. The next hour begins a new count.")
	}
	return x, nil
}

// Newest is the index of the newest grant of a token; 0 for none.
func Newest(tx *db.Tx, token ident.ID, kind Kind) (cryptogram.Index, error) {
	g, err := NewestOf(tx, token, kind)
	return g.Index, err
}

// NewestOf is the newest grant of a token; the zero Grant for none.
func NewestOf(tx *db.Tx, token ident.ID, kind Kind) (Grant, error) {
	all, err := grants(tx, "WHERE token = $1 AND kind = $2 ORDER BY created_at DESC, number DESC LIMIT 1", token, string(kind))
	if err != nil || len(all) == 0 {
		return Grant{}, err
	}
	return all[0], nil
}

// GrantOf returns one grant; false when the token never had it.
func GrantOf(tx *db.Tx, token ident.ID, kind Kind, x cryptogram.Index) (Grant, bool, error) {
	all, err := grants(tx, "WHERE token = $1 AND kind = $2 AND number = $3", token, string(kind), int64(x))
	if err != nil || len(all) == 0 {
		return Grant{}, false, err
	}
	return all[0], true, nil
}
