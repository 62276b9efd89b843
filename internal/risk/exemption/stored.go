package exemption

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// load reads what a request can depend on, and no more.
func load(tx *db.Tx, x policy.Exemptions, r Request) (s Stored, err error) {
	if !x.Any() {
		return s, nil
	}
	err = tx.Row("SELECT strong_at, access_at, low_cents, low_count FROM exemption_customer WHERE customer = $1", r.Customer).
		Scan(&s.Strong, &s.Access, &s.LowCents, &s.LowCount)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return s, err
	}
	if r.Payment.IsZero() {
		return s, s.loadProvider(tx, r)
	}
	if x.Trusted.On {
		if s.Trusted, err = accounts(tx, "exemption_payee", r.Customer); err != nil {
			return s, err
		}
	}
	if x.Own.On {
		if s.Own, err = accounts(tx, "exemption_account", r.Customer); err != nil {
			return s, err
		}
	}
	if x.Recurring.On && !r.Series.IsZero() {
		s.Series, _, err = findSeries(tx, r.Customer, r.Series)
	}
	return s, err
}

func (s *Stored) loadProvider(tx *db.Tx, r Request) error {
	if r.Provider == "" {
		return nil
	}
	err := tx.Row("SELECT strong_at FROM exemption_provider WHERE customer = $1 AND provider = $2", r.Customer, r.Provider).Scan(&s.Provider)
	if errors.Is(err, db.ErrNoRow) {
		return nil
	}
	return err
}

// accounts reads a customer's list.
func accounts(tx *db.Tx, table string, customer ident.ID) (all []Account, err error) {
	err = tx.Each("SELECT scheme, account FROM "+table+" WHERE customer = $1 ORDER BY scheme, account", []any{customer}, func(row db.Row) error {
		var a Account
		err := row.Scan((*string)(&a.Scheme), &a.Account)
		all = append(all, a)
		return err
	})
	return all, err
}

// store begins everything anew that begins with strong authentication. A login opens
// the accounts; through a provider it opens them there.
func (s Shown) store(tx *db.Tx) error {
	var access time.Time
	if s.Purpose == policy.PurposeLogin && s.Provider == "" {
		access = tx.Now
	}
	_, err := tx.Exec(`INSERT INTO exemption_customer (customer, strong_at, strong_id, warrant, warrant_hash, access_at, low_cents, low_count) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
		ON CONFLICT (customer) DO UPDATE SET strong_at = excluded.strong_at, strong_id = excluded.strong_id, warrant = excluded.warrant, warrant_hash = excluded.warrant_hash,
		access_at = COALESCE(excluded.access_at, exemption_customer.access_at), low_cents = 0, low_count = 0`,
		s.Customer, tx.Now, s.Authentication, s.warrant(), s.Payment.Hash(), access)
	if err != nil || s.Purpose != policy.PurposeLogin || s.Provider == "" {
		return err
	}
	_, err = tx.Exec(`INSERT INTO exemption_provider (customer, provider, strong_at) VALUES ($1, $2, $3)
		ON CONFLICT (customer, provider) DO UPDATE SET strong_at = excluded.strong_at`, s.Customer, s.Provider, tx.Now)
	return err
}

// consume takes what the exemption of a decision consumes. It is false when there is
// not enough of it left.
func consume(tx *db.Tx, x policy.Exemptions, d Decision) (bool, error) {
	r := d.request
	if r.Payment.IsZero() {
		return true, nil
	}
	if d.Exemption == policy.ExemptRecurring {
		if ok, err := takeTurn(tx, x.Recurring, r); err != nil || !ok {
			return false, err
		}
	}
	cents, ok := value(x.Euro, r.Payment.Total(), tx.Now)
	if d.Exemption == policy.ExemptLowValue {
		if !ok {
			return false, nil
		}
		return takeLow(tx, x.LowValue, r, cents)
	}
	if !x.LowValue.All {
		return true, nil
	}
	if !ok { // worth more than anything, until the next strong authentication
		cents = maxCents
	}
	_, err := tx.Exec("UPDATE exemption_customer SET low_cents = CASE WHEN low_cents > $3 THEN low_cents ELSE low_cents + $2 END, low_count = low_count + $4 WHERE customer = $1",
		r.Customer, cents, int64(maxCents), r.Payment.Len())
	return true, err
}

// takeLow counts a payment of low value, unless the counter would pass its limit.
func takeLow(tx *db.Tx, rule policy.LowValueRule, r Request, cents int64) (bool, error) {
	counter, limit := "low_cents + $2", euro(rule.Sum)
	if rule.Limit == policy.LimitCount {
		counter, limit = "low_count + $3", int64(rule.Count)
	}
	n, err := tx.Exec("UPDATE exemption_customer SET low_cents = low_cents + $2, low_count = low_count + $3 WHERE customer = $1 AND "+counter+" <= $4",
		r.Customer, cents, r.Payment.Len(), limit)
	return n == 1, err
}
