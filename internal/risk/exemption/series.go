package exemption

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Series is a series of payments of one amount to one payee (RTS, article 14).
type Series struct {
	ID             ident.ID
	Account        Account
	Name           string // of the payee
	Amount         payment.Amount
	Authentication ident.ID  // that allowed it
	Begun          time.Time // which is the first payment
	Last           time.Time // the newest payment
	Payments       int       // exempted
	Ended          time.Time // zero: goes on
}

// BeginSeries begins a series with the payment that the customer approved, or is to
// approve for self-service: one order to an account. A changed series is a new one,
// so it needs a warrant of its own; end the old one. Faults: "exemption.warrant"
// (Denied), "exemption.account" and "exemption.series" (Invalid),
// "exemption.list_full" (Conflict).
func (d *Desk) BeginSeries(ctx context.Context, by audit.Actor, customer ident.ID, w Warrant, first payment.Payment) (s Series, err error) {
	if first.Len() != 1 {
		return s, fault.Invalidf("exemption.series", "A series has one payee and one amount: begin one for each order.").WithField("/payment")
	}
	order := first.Orders()[0]
	p, err := normal(order.Payee)
	if err != nil {
		return s, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		s = Series{ID: ident.New(tx.Now, d.Rand), Account: accountOf(p), Name: p.Name, Amount: first.Total(), Authentication: w.Authentication, Begun: tx.Now, Last: tx.Now}
		if err := d.spend(tx, customer, w, func(o payment.Order) bool { return o == order }); err != nil {
			return err
		}
		if err := room(tx, "exemption_series", customer); err != nil {
			return err
		}
		d.changed(tx, AuditSeriesBegun, by, customer, p, w)
		_, err := tx.Exec(`INSERT INTO exemption_series (customer, id, scheme, account, name, minor, currency, authentication, begun_at, last_at, payments)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 0)`,
			customer, s.ID, string(p.Scheme), p.Account, p.Name, s.Amount.Minor, string(s.Amount.Currency), w.Authentication, tx.Now)
		return err
	})
	return s, err
}

// EndSeries ends a series, and reports whether it went on until now. It needs no
// warrant: nothing becomes easier by it.
func (d *Desk) EndSeries(ctx context.Context, by audit.Actor, customer, id ident.ID) (ended bool, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE exemption_series SET ended_at = $3 WHERE customer = $1 AND id = $2 AND ended_at IS NULL", customer, id, tx.Now)
		if ended = n == 1; ended {
			audit.Record(tx, audit.Event{Kind: AuditSeriesEnded, By: by, Customer: customer, Object: "series:" + id.String()})
		}
		return err
	})
	return ended && err == nil, err
}

// AllSeries lists a customer's series, oldest first, also those that ended.
func (d *Desk) AllSeries(ctx context.Context, customer ident.ID) (all []Series, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+seriesColumns+" FROM exemption_series WHERE customer = $1 ORDER BY id", []any{customer}, func(row db.Row) error {
			var s Series
			err := s.scan(row)
			all = append(all, s)
			return err
		})
	})
	return all, err
}

const seriesColumns = "id, scheme, account, name, minor, currency, authentication, begun_at, last_at, payments, ended_at"

func (s *Series) scan(row db.Row) error {
	return row.Scan(&s.ID, (*string)(&s.Account.Scheme), &s.Account.Account, &s.Name, &s.Amount.Minor, (*string)(&s.Amount.Currency), &s.Authentication, &s.Begun, &s.Last, &s.Payments, &s.Ended)
}

func findSeries(tx *db.Tx, customer, id ident.ID) (s Series, found bool, err error) {
	err = s.scan(tx.Row("SELECT "+seriesColumns+" FROM exemption_series WHERE customer = $1 AND id = $2", customer, id))
	if errors.Is(err, db.ErrNoRow) {
		return Series{}, false, nil
	}
	return s, err == nil, err
}

// takeTurn takes the turn of a series: two payments of it are apart.
func takeTurn(tx *db.Tx, rule policy.RecurringRule, r Request) (bool, error) {
	n, err := tx.Exec("UPDATE exemption_series SET last_at = $3, payments = payments + 1 WHERE customer = $1 AND id = $2 AND ended_at IS NULL AND last_at <= $4",
		r.Customer, r.Series, tx.Now, tx.Now.Add(-rule.Apart))
	return n == 1, err
}
