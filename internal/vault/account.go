package vault

import (
	"context"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AccountStatus is an account's place in its life.
type AccountStatus string

// States of an account.
const (
	Good    AccountStatus = "good"    // in good standing
	Blocked AccountStatus = "blocked" // no payment, no new credentials; its tokens are suspended
	Closed  AccountStatus = "closed"  // for good; its tokens are deleted
)

// Account is one card of a customer.
type Account struct {
	ID        ident.ID
	Customer  ident.ID
	Portfolio ident.ID
	Last4     string // of its number
	Expires   string // YYMM, printed on the card
	Sequence  int    // of the card (PSN)
	Status    AccountStatus
	Created   time.Time
	Changed   time.Time
}

// Over reports whether the month that is printed on the card is over at the moment now: then no token pays for it, and none is issued.
func (a *Account) Over(now time.Time) bool { return !a.Ends().After(now) }

// Ends is the first moment at which the card has expired, in UTC; zero for what is no month.
func (a *Account) Ends() time.Time { return endOf(a.Expires) }

// endOf is that of a month, YYMM, of this century.
func endOf(month string) time.Time {
	m, err := time.Parse("200601", "20"+month)
	if err != nil {
		return time.Time{}
	}
	return m.AddDate(0, 1, 0)
}

const accountColumns = "id, customer, portfolio, last4, expires, sequence, status, created_at, changed_at"

func (a *Account) dest() []any {
	return []any{&a.ID, &a.Customer, &a.Portfolio, &a.Last4, &a.Expires, &a.Sequence, (*string)(&a.Status), &a.Created, &a.Changed}
}

// NewAccount describes an account to be added.
type NewAccount struct {
	Customer  ident.ID
	Portfolio ident.ID
	Number    string // the PAN, as typed
	Expires   string // YYMM
	Sequence  int    // 0 to 99
}

// checkCard refuses what is printed on no card that is good now: the fault "vault.expires" (Invalid).
func checkCard(expires string, sequence int, now time.Time) error {
	end := endOf(expires)
	if end.IsZero() || sequence < 0 || sequence > 99 {
		return fault.Invalidf("vault.expires", "A card expires in a month, YYMM, and has a sequence number of 0 to 99.").WithField("/expires")
	}
	if !end.After(now) {
		return fault.Invalidf("vault.expires", "This month is over: the card has expired.").WithField("/expires")
	}
	return nil
}

// AddAccount enrolls a card. The number is kept sealed and is not shown again. Faults: "vault.number", "vault.expires" (Invalid),
// "vault.portfolio" (NotFound), "vault.taken" (Conflict: the number is enrolled already).
func (d *Desk) AddAccount(ctx context.Context, by audit.Actor, n NewAccount) (a Account, err error) {
	number, err := Number(n.Number)
	if err != nil {
		return a, err
	}
	err = d.write(ctx, func(tx *db.Tx) error {
		if err := checkCard(n.Expires, n.Sequence, tx.Now); err != nil {
			return err
		}
		a = Account{ID: ident.New(tx.Now, d.Rand), Customer: n.Customer, Portfolio: n.Portfolio, Last4: Last4(number), Expires: n.Expires, Sequence: n.Sequence, Status: Good, Created: tx.Now, Changed: tx.Now}
		if err := noToken(tx, n.Portfolio, number); err != nil {
			return err
		}
		rows, err := tx.Exec("INSERT INTO vault_account ("+accountColumns+", pan, pan_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
			a.ID, a.Customer, a.Portfolio, a.Last4, a.Expires, a.Sequence, string(a.Status), a.Created, a.Changed, d.Ring.Seal(panLabel, a.ID, []byte(number)), d.hash(panLabel, number))
		if err != nil {
			return err
		}
		if rows == 0 {
			return fault.Conflictf("vault.taken", "This card is enrolled already.").WithField("/number")
		}
		record(tx, by, AuditAccountAdded, a.Customer, a.ID, map[string]any{"portfolio": a.Portfolio, "last4": a.Last4})
		return nil
	})
	return a, err
}

// noToken refuses the number of a card that could be a token, of whatever portfolio, and a portfolio that does not exist.
func noToken(tx *db.Tx, portfolio ident.ID, number string) error {
	all, err := portfolios(tx)
	if err != nil {
		return err
	}
	there := false
	for _, p := range all {
		there = there || p.ID == portfolio
		if strings.HasPrefix(number, p.Range.Prefix) && len(number) == p.Range.Digits {
			return fault.Invalidf("vault.number", "This number lies in the range of the tokens of %q: it is a token, not a card.", p.Name).WithField("/number")
		}
	}
	if !there {
		_, err = needPortfolio(tx, portfolio)
	}
	return err
}

// RenewAccount gives a card another month and sequence number: the bank sent the customer the next card with the same number, and tokens go on paying for it. Faults:
// "vault.expires" (Invalid), "vault.account" (NotFound), "vault.state" (Conflict: it is closed).
func (d *Desk) RenewAccount(ctx context.Context, by audit.Actor, id ident.ID, expires string, sequence int, note string) error {
	return d.write(ctx, func(tx *db.Tx) error {
		if err := checkCard(expires, sequence, tx.Now); err != nil {
			return err
		}
		a, err := needAccount(tx, id)
		if err != nil {
			return err
		}
		rows, err := tx.Exec("UPDATE vault_account SET expires = $2, sequence = $3, changed_at = $4 WHERE id = $1 AND status <> 'closed'", id, expires, sequence, tx.Now)
		if err == nil && rows == 0 {
			err = fault.Conflictf("vault.state", "This cannot be done with a card that is %s.", a.Status)
		}
		if err == nil {
			record(tx, by, AuditAccountRenewed, a.Customer, id, map[string]any{"was": a.Expires, "expires": expires, "sequence": sequence, "note": note})
		}
		return err
	})
}

// Accounts lists those of a customer, the oldest first.
func (d *Desk) Accounts(ctx context.Context, customer ident.ID) (all []Account, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = AccountsOf(tx, customer)
		return err
	})
	return all, err
}

// AccountsOf is [Desk.Accounts] in the caller's transaction.
func AccountsOf(tx *db.Tx, customer ident.ID) (all []Account, err error) {
	err = tx.Each("SELECT "+accountColumns+" FROM vault_account WHERE customer = $1 ORDER BY id", []any{customer}, func(r db.Row) error {
		var a Account
		err := r.Scan(a.dest()...)
		all = append(all, a)
		return err
	})
	return all, err
}

// AccountOf returns an account. The fault "vault.account" (NotFound) says that there is none.
func AccountOf(tx *db.Tx, id ident.ID) (Account, error) { return needAccount(tx, id) }

func needAccount(tx *db.Tx, id ident.ID) (Account, error) {
	var a Account
	ok, err := found(tx.Row("SELECT "+accountColumns+" FROM vault_account WHERE id = $1", id).Scan(a.dest()...))
	if err == nil && !ok {
		err = fault.NotFoundf("vault.account", "There is no such card.")
	}
	return a, err
}

// Standing is the state of an account.
func Standing(tx *db.Tx, id ident.ID) (s AccountStatus, err error) {
	err = tx.Row("SELECT status FROM vault_account WHERE id = $1", id).Scan((*string)(&s))
	return s, err
}

// BlockAccount takes an account out of good standing and suspends its tokens. Faults: "vault.account" (NotFound), "vault.state" (Conflict).
func (d *Desk) BlockAccount(ctx context.Context, by audit.Actor, id ident.ID, note string) error {
	return d.turnAccount(ctx, by, id, Good, Blocked, AuditAccountBlocked, note)
}

// UnblockAccount puts an account in good standing again; tokens that are suspended for another reason stay so. Faults as for
// BlockAccount.
func (d *Desk) UnblockAccount(ctx context.Context, by audit.Actor, id ident.ID, note string) error {
	return d.turnAccount(ctx, by, id, Blocked, Good, AuditAccountUnblocked, note)
}

// CloseAccount ends an account for good and deletes its tokens. Faults as for BlockAccount.
func (d *Desk) CloseAccount(ctx context.Context, by audit.Actor, id ident.ID, note string) error {
	return d.turnAccount(ctx, by, id, "", Closed, AuditAccountClosed, note)
}

// turnAccount moves an account from one state to another, and its tokens with it. An empty from is any but the last.
func (d *Desk) turnAccount(ctx context.Context, by audit.Actor, id ident.ID, from, to AccountStatus, kind, note string) error {
	return d.write(ctx, func(tx *db.Tx) error {
		a, err := needAccount(tx, id)
		if err != nil {
			return err
		}
		rows, err := tx.Exec("UPDATE vault_account SET status = $2, changed_at = $3 WHERE id = $1 AND status = $4 AND status <> 'closed'", id, string(to), tx.Now, string(orElse(from, a.Status)))
		if err != nil {
			return err
		}
		if rows == 0 {
			return fault.Conflictf("vault.state", "This cannot be done with a card that is %s.", a.Status)
		}
		record(tx, by, kind, a.Customer, id, map[string]any{"note": note})
		all, err := tokensOf(tx, "account", id)
		if err != nil {
			return err
		}
		for i := range all {
			switch to {
			case Blocked:
				err = d.suspend(tx, by, &all[i], Cause{ByCard, id.String()})
			case Good:
				err = d.resume(tx, by, &all[i], Cause{ByCard, id.String()})
			case Closed:
				err = d.deleteToken(tx, by, &all[i], "the card was closed")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func orElse[T comparable](a, b T) T {
	var zero T
	if a == zero {
		return b
	}
	return a
}
