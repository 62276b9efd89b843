package exemption

import (
	"context"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
)

// SetAccounts says which accounts with the bank are the customer's own, in place of
// what was said before (RTS, article 15: payer and payee are one person, and both
// accounts are with one provider). It is the bank that knows; no customer may say so:
// "exemption.bank_only" (Denied). Other faults: "exemption.account" and those of
// package payment (Invalid), "exemption.list_full" (Conflict).
func (d *Desk) SetAccounts(ctx context.Context, by audit.Actor, customer ident.ID, own []Account) error {
	if by.Kind == audit.CustomerKind {
		return fault.Deniedf("exemption.bank_only", "The bank says which accounts are a customer's own.")
	}
	if len(own) > MaxList {
		return fault.Conflictf("exemption.list_full", "The list has room for %d accounts.", MaxList)
	}
	all := make([]Account, len(own))
	for i, a := range own {
		p, err := normal(payment.Payee{Scheme: a.Scheme, Account: a.Account})
		if err != nil {
			return inList(i, err)
		}
		all[i] = accountOf(p)
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM exemption_account WHERE customer = $1", customer); err != nil {
			return err
		}
		for _, a := range all {
			_, err := tx.Exec("INSERT INTO exemption_account (customer, scheme, account, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", customer, string(a.Scheme), a.Account, tx.Now)
			if err != nil {
				return err
			}
		}
		audit.Record(tx, audit.Event{Kind: AuditAccounts, By: by, Customer: customer, Details: map[string]any{"accounts": all}})
		return nil
	})
}

// inList says which entry a fault is about.
func inList(i int, err error) error {
	f := fault.From(err)
	if f == nil || f.Kind != fault.Invalid {
		return err
	}
	return f.WithField(fmt.Sprintf("/accounts/%d%s", i, strings.TrimPrefix(f.Field, "/payee")))
}

// Accounts lists the customer's own accounts, by scheme and number.
func (d *Desk) Accounts(ctx context.Context, customer ident.ID) (all []Account, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = accounts(tx, "exemption_account", customer)
		return err
	})
	return all, err
}

// Forget deletes what is kept of a customer: lists, counters and who they were in
// the records of use. The sums of the reports stay, and so do the values that they
// are made of, under a name that leads to nobody.
func (d *Desk) Forget(tx *db.Tx, customer ident.ID) error {
	pseudonym := ident.New(tx.Now, d.Rand)
	for _, sql := range []string{
		"DELETE FROM exemption_customer WHERE customer = $1", "DELETE FROM exemption_provider WHERE customer = $1", "DELETE FROM exemption_payee WHERE customer = $1",
		"DELETE FROM exemption_series WHERE customer = $1", "DELETE FROM exemption_account WHERE customer = $1",
	} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	for _, table := range []string{"exemption_use", "exemption_fraud"} {
		if _, err := tx.Exec("UPDATE "+table+" SET customer = $2 WHERE customer = $1", customer, pseudonym); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE exemption_use SET payment = NULL, decision = NULL, authentication = NULL WHERE customer = $1", pseudonym)
	return err
}
