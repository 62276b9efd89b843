package exemption

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
)

// MaxList is how many entries each list of a customer can have.
const MaxList = 500

// Beneficiary is one whom the customer trusts (RTS, article 13).
type Beneficiary struct {
	Payee          payment.Payee
	Authentication ident.ID // that allowed it
	Added          time.Time
}

// ID names the entry on pages: accounts do not stand in addresses.
func (b Beneficiary) ID() ident.ID {
	return ident.Derive("trusted payee", string(b.Payee.Scheme), b.Payee.Account)
}

// Trust puts a payee on the customer's list, or changes their name. Faults:
// "exemption.warrant" (Denied), "exemption.account" and those of package payment
// (Invalid), "exemption.list_full" (Conflict).
func (d *Desk) Trust(ctx context.Context, by audit.Actor, customer ident.ID, w Warrant, payee payment.Payee) error {
	p, err := normal(payee)
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.spend(tx, customer, w, toPayee(p)); err != nil {
			return err
		}
		if err := room(tx, "exemption_payee", customer); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO exemption_payee (customer, scheme, account, name, authentication, added_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (customer, scheme, account) DO UPDATE SET name = excluded.name, authentication = excluded.authentication, added_at = excluded.added_at`,
			customer, string(p.Scheme), p.Account, p.Name, w.Authentication, tx.Now)
		d.changed(tx, AuditTrusted, by, customer, p, w)
		return err
	})
}

// Distrust takes a payee off the list, and reports whether they stood there. Staff
// may without a warrant; for customers it is a change of the list like any other
// (article 13(1)).
func (d *Desk) Distrust(ctx context.Context, by audit.Actor, customer ident.ID, w Warrant, payee payment.Payee) (found bool, err error) {
	p, err := normal(payee)
	if err != nil {
		return false, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM exemption_payee WHERE customer = $1 AND scheme = $2 AND account = $3", customer, string(p.Scheme), p.Account)
		if found = n == 1; err != nil || !found {
			return err
		}
		d.changed(tx, AuditDistrusted, by, customer, p, w)
		if mayRemove(by) {
			return nil
		}
		return d.spend(tx, customer, w, toPayee(p))
	})
	return found && err == nil, err
}

// Trusted lists whom the customer trusts, by account.
func (d *Desk) Trusted(ctx context.Context, customer ident.ID) (all []Beneficiary, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT scheme, account, name, authentication, added_at FROM exemption_payee WHERE customer = $1 ORDER BY scheme, account", []any{customer}, func(row db.Row) error {
			var b Beneficiary
			err := row.Scan((*string)(&b.Payee.Scheme), &b.Payee.Account, &b.Payee.Name, &b.Authentication, &b.Added)
			all = append(all, b)
			return err
		})
	})
	return all, err
}

type changeDetails struct {
	Payee          string   `json:"payee"`
	Authentication ident.ID `json:"authentication,omitzero"`
}

func (*Desk) changed(tx *db.Tx, kind string, by audit.Actor, customer ident.ID, p payment.Payee, w Warrant) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: customer, Details: changeDetails{p.String(), w.Authentication}})
}

// normal brings a payee to the form that payments have. One without an account
// cannot be told from others of the same name.
func normal(p payment.Payee) (payment.Payee, error) {
	one, err := payment.New(payment.Order{Amount: "1", Currency: "EUR", Payee: p})
	if err != nil {
		return p, err
	}
	if p = one.Orders()[0].Payee; p.Account == "" {
		return p, fault.Invalidf("exemption.account", "Name the payee's account: names are not unique.").WithField("/payee/account")
	}
	return p, nil
}

func toPayee(p payment.Payee) func(payment.Order) bool {
	return func(o payment.Order) bool { return accountOf(o.Payee) == accountOf(p) }
}

// room refuses a list that is full.
func room(tx *db.Tx, table string, customer ident.ID) error {
	var n int
	if err := tx.Row("SELECT COUNT(*) FROM "+table+" WHERE customer = $1", customer).Scan(&n); err != nil {
		return err
	}
	if n >= MaxList {
		return fault.Conflictf("exemption.list_full", "The list has %d entries, and no room for more: take some off first.", n)
	}
	return nil
}
