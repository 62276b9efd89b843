package issuing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Authorization is a decision as it is on record, with what was asked for. It has no number of a token or a card but their last digits.
type Authorization struct {
	Decision

	Advice   bool  // it was decided elsewhere and told afterwards
	Amount   int64 // asked for, minor units
	Returned int64 // by reversals, minor units
	Path     Path
	Merchant Merchant
	Index    cryptogram.Index // of the key that paid
	Counter  int              // transaction counter (ATC)
	Device   ident.ID         // the token's
	Last4    string           // of the token
	Card     string           // last digits of the card behind it
}

const authorizationColumns = `id, customer, token, kind, outcome, reason, detail, amount, approved, returned, currency, code, path, merchant, number, counter, judged, risk, created_at`

func (a *Authorization) scan(r db.Row) error {
	var kind, merchant string
	var number int64
	err := r.Scan(&a.ID, &a.Customer, &a.Token, &kind, (*string)(&a.Outcome), (*string)(&a.Reason), &a.Detail, &a.Amount, &a.Approved, &a.Returned, &a.Currency, &a.Code,
		(*string)(&a.Path), &merchant, &number, &a.Counter, &a.Judged, &a.Risk, &a.Created)
	if err != nil {
		return err
	}
	a.Advice, a.Index = kind == kindAdvice, cryptogram.Index(number) //nolint:gosec // seven digits
	if err := json.Unmarshal([]byte(merchant), &a.Merchant); err != nil {
		return fmt.Errorf("issuing: a stored merchant: %w", err)
	}
	return nil
}

// Authorizations lists at most n of a customer's, the newest first; those before one of them, where before names it.
func (d *Desk) Authorizations(ctx context.Context, customer, before ident.ID, n int) (all []Authorization, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if all, err = listed(tx, "customer = $1", []any{customer}, before, n); err != nil || len(all) == 0 {
			return err
		}
		return named(tx, customer, all)
	})
	return all, err
}

// Unowned is Authorizations for what belongs to no customer: nobody has the token, or the reversal came first, so that nobody looked.
func (d *Desk) Unowned(ctx context.Context, before ident.ID, n int) (all []Authorization, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = listed(tx, "customer IS NULL", nil, before, n)
		return err
	})
	return all, err
}

// listed reads a page of authorizations.
func listed(tx *db.Tx, where string, args []any, before ident.ID, n int) (all []Authorization, err error) {
	if !before.IsZero() {
		args = append(args, before)
		where += fmt.Sprintf(" AND id < $%d", len(args))
	}
	args = append(args, n)
	err = tx.Each("SELECT "+authorizationColumns+" FROM issuing_authorization WHERE "+where+fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(args)), args, func(r db.Row) error {
		var a Authorization
		err := a.scan(r)
		all = append(all, a)
		return err
	})
	return all, err
}

// Authorization returns one of a customer's. The fault is "issuing.unknown" (NotFound).
func (d *Desk) Authorization(ctx context.Context, customer, id ident.ID) (a Authorization, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		a = Authorization{}
		err := a.scan(tx.Row("SELECT "+authorizationColumns+" FROM issuing_authorization WHERE id = $1 AND customer = $2", id, customer))
		if errors.Is(err, db.ErrNoRow) {
			return fault.NotFoundf("issuing.unknown", "There is no such authorization of this customer.")
		}
		if err != nil {
			return err
		}
		one := []Authorization{a}
		err = named(tx, customer, one)
		a = one[0]
		return err
	})
	return a, err
}

// named says which tokens and cards of a customer authorizations are about.
func named(tx *db.Tx, customer ident.ID, all []Authorization) error {
	cards, err := vault.AccountsOf(tx, customer)
	if err != nil {
		return err
	}
	tokens, err := vault.TokensOf(tx, customer)
	if err != nil {
		return err
	}
	card := map[ident.ID]string{}
	for i := range cards {
		card[cards[i].ID] = cards[i].Last4
	}
	token := map[ident.ID]*vault.Token{}
	for i := range tokens {
		token[tokens[i].ID] = &tokens[i]
	}
	for i := range all {
		if t := token[all[i].Token]; t != nil {
			all[i].Device, all[i].Last4, all[i].Card = t.Device, t.Last4, card[t.Account]
		}
	}
	return nil
}
