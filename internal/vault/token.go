package vault

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Status is a token's place in its life; the transitions are in the package comment.
type Status string

// States of a token.
const (
	Inactive  Status = "inactive" // issued; the device has not said that it holds it
	Active    Status = "active"
	Suspended Status = "suspended"
	Deleted   Status = "deleted"
)

// Token stands for an account on one device.
type Token struct {
	ID        ident.ID
	Account   ident.ID
	Customer  ident.ID
	Portfolio ident.ID
	Device    ident.ID // the primary
	Last4     string
	Status    Status
	Ready     bool // it was active once: without reasons a suspended token is active again
	Expires   time.Time
	Counter   int // highest transaction counter (ATC) that was taken
	Renewals  int // how often keys were given to the device
	Created   time.Time
	Changed   time.Time

	behind uint64 // which counters behind the highest were taken
	sealed []byte
}

// Usable reports whether the token may pay at the moment now.
func (t *Token) Usable(now time.Time) bool { return t.Status == Active && t.Expires.After(now) }

const tokenColumns = "id, account, customer, portfolio, device, last4, status, ready, expires_at, counter, behind, renewals, created_at, changed_at, number" //nolint:gosec // names of columns

func (t *Token) dest() []any {
	return []any{
		&t.ID, &t.Account, &t.Customer, &t.Portfolio, &t.Device, &t.Last4, (*string)(&t.Status), &t.Ready, &t.Expires, &t.Counter, (*window)(&t.behind), &t.Renewals,
		&t.Created, &t.Changed, &t.sealed,
	}
}

// Issued is a new token with its number, which goes to the device and nowhere else.
type Issued struct {
	Token

	Number string
}

// Issue makes a token for an account and a primary device. Faults: "vault.account" (NotFound), "vault.standing" (Denied: the account is not in
// good standing, DI-113), "vault.device" (Denied: the device is another customer's), "vault.range_full" (Conflict).
func (d *Desk) Issue(ctx context.Context, by audit.Actor, account, device ident.ID) (out Issued, err error) {
	err = d.write(ctx, func(tx *db.Tx) error {
		out, err = d.IssueIn(tx, by, account, device)
		return err
	})
	return out, err
}

// IssueIn is [Desk.Issue] in the caller's transaction.
func (d *Desk) IssueIn(tx *db.Tx, by audit.Actor, account, device ident.ID) (out Issued, err error) {
	a, err := needAccount(tx, account)
	if err != nil {
		return out, err
	}
	if a.Status != Good {
		return out, fault.Deniedf("vault.standing", "The card is %s: no token is issued for it.", a.Status)
	}
	if a.Over(tx.Now) {
		return out, fault.Deniedf("vault.standing", "The card has expired: no token is issued for it.")
	}
	if err := owned(tx, a.Customer, device); err != nil {
		return out, err
	}
	p, err := needPortfolio(tx, a.Portfolio)
	if err != nil {
		return out, err
	}
	out = Issued{Token: Token{
		ID: ident.New(tx.Now, d.Rand), Account: a.ID, Customer: a.Customer, Portfolio: a.Portfolio, Device: device, Status: Inactive,
		Expires: tx.Now.AddDate(0, 0, p.Profile.TokenDays), Created: tx.Now, Changed: tx.Now,
	}}
	return out, d.insert(tx, by, &out, p.Range)
}

// draws is how many numbers are drawn before a range counts as full.
const draws = 20

func (d *Desk) insert(tx *db.Tx, by audit.Actor, t *Issued, from Range) error {
	for range draws {
		number, err := from.draw(d.Rand)
		if err != nil {
			return err
		}
		var cards int // the range may be younger than a card that lies in it
		if err := tx.Row("SELECT COUNT(*) FROM vault_account WHERE pan_hash = $1", d.hash(panLabel, number)).Scan(&cards); err != nil {
			return err
		}
		if cards > 0 {
			continue
		}
		t.Number, t.Last4 = number, Last4(number)
		rows, err := tx.Exec("INSERT INTO vault_token ("+tokenColumns+", number_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING",
			t.ID, t.Account, t.Customer, t.Portfolio, t.Device, t.Last4, string(t.Status), t.Ready, t.Expires, t.Counter, int64(0), t.Renewals, t.Created, t.Changed,
			d.Ring.Seal(tokenLabel, t.ID, []byte(number)), d.hash(tokenLabel, number))
		if err != nil {
			return err
		}
		if rows == 1 {
			record(tx, by, AuditIssued, t.Customer, t.ID, map[string]any{"account": t.Account, "device": t.Device, "last4": t.Last4})
			return nil
		}
	}
	return fault.Conflictf("vault.range_full", "The portfolio's range of tokens is nearly full. Create another portfolio with a shorter prefix.")
}

// owned refuses a device that is not the customer's, or no longer in use.
func owned(tx *db.Tx, customer, device ident.ID) error {
	var n int
	err := tx.Row("SELECT COUNT(*) FROM device WHERE id = $1 AND customer = $2 AND status = 'active'", device, customer).Scan(&n)
	if err == nil && n == 0 {
		err = fault.Deniedf("vault.device", "The customer has no such device, or it is not in use.")
	}
	return err
}

// Find returns the token of a number; false for none. It reads nothing else, so that unknown numbers cost what known ones do.
func (d *Desk) Find(tx *db.Tx, number string) (t Token, ok bool, err error) {
	ok, err = found(tx.Row("SELECT "+tokenColumns+" FROM vault_token WHERE number_hash = $1", d.hash(tokenLabel, number)).Scan(t.dest()...))
	return t, ok, err
}

// TokenNumber opens the number of a token, for the device that holds it.
func (d *Desk) TokenNumber(t *Token) (string, error) {
	plain, err := d.Ring.Open(tokenLabel, t.ID, t.sealed)
	return string(plain), err
}

// NumberOf opens the number of the account of a token: for the issuer's clearing file, and for nothing that people see.
func (d *Desk) NumberOf(tx *db.Tx, t *Token) (string, error) {
	var sealed []byte
	if err := tx.Row("SELECT pan FROM vault_account WHERE id = $1", t.Account).Scan(&sealed); err != nil {
		return "", err
	}
	plain, err := d.Ring.Open(panLabel, t.Account, sealed)
	return string(plain), err
}

// Tokens lists those of a customer, deleted ones included, the oldest first.
func (d *Desk) Tokens(ctx context.Context, customer ident.ID) (all []Token, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = TokensOf(tx, customer)
		return err
	})
	return all, err
}

// TokensOf is [Desk.Tokens] in the caller's transaction.
func TokensOf(tx *db.Tx, customer ident.ID) ([]Token, error) {
	return tokensOf(tx, "customer", customer)
}

// tokensOf lists tokens by one of the columns account, customer and device.
func tokensOf(tx *db.Tx, column string, id ident.ID) (all []Token, err error) {
	err = tx.Each("SELECT "+tokenColumns+" FROM vault_token WHERE "+column+" = $1 ORDER BY id", []any{id}, func(r db.Row) error {
		var t Token
		err := r.Scan(t.dest()...)
		all = append(all, t)
		return err
	})
	return all, err
}

// Get returns a token. The fault "vault.token" (NotFound) says that there is none.
func Get(tx *db.Tx, id ident.ID) (Token, error) { return needToken(tx, id) }

// Lookup returns a token; false when there is none, or no more.
func Lookup(tx *db.Tx, id ident.ID) (t Token, ok bool, err error) {
	ok, err = found(tx.Row("SELECT "+tokenColumns+" FROM vault_token WHERE id = $1", id).Scan(t.dest()...))
	return t, ok, err
}

func needToken(tx *db.Tx, id ident.ID) (Token, error) {
	var t Token
	ok, err := found(tx.Row("SELECT "+tokenColumns+" FROM vault_token WHERE id = $1", id).Scan(t.dest()...))
	if err == nil && !ok {
		err = fault.NotFoundf("vault.token", "There is no such token.")
	}
	return t, err
}
