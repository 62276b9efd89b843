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

// Payment is a payment on record, with strong authentication or exempted from it.
type Payment struct {
	ID         ident.ID         `json:"id"` // of the use
	At         time.Time        `json:"at"`
	Exemption  policy.Exemption `json:"exemption"` // "strong" with strong authentication
	Instrument Instrument       `json:"instrument"`
	Channel    string           `json:"channel"`
	Amount     payment.Amount   `json:"-"`
	Cents      int64            `json:"cents"` // euro; 0 when not known
	Hash       payment.Hash     `json:"payment"`
	Fraud      bool             `json:"fraud"` // was reported, and not withdrawn
}

// Payments lists up to limit payments of a customer (1 to 200), newest first, those
// before the given one; the zero id for the first page.
func (d *Desk) Payments(ctx context.Context, customer, before ident.ID, limit int) (all []Payment, err error) {
	if limit < 1 || limit > 200 {
		return nil, fault.Invalidf("exemption.limit", "A page has 1 to 200 payments.").WithField("limit")
	}
	last := [16]byte(before)
	if before.IsZero() {
		last = [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(onRecord+" AND u.id < $2 ORDER BY u.id DESC LIMIT $3", []any{customer, last[:], limit}, func(row db.Row) error {
			var p Payment
			err := p.scan(row)
			all = append(all, p)
			return err
		})
	})
	return all, err
}

// FindPayment returns a payment of a customer. The fault "exemption.unknown" (NotFound)
// says that there is none on record.
func (d *Desk) FindPayment(ctx context.Context, customer, use ident.ID) (p Payment, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error { return p.scan(tx.Row(onRecord+" AND u.id = $2", customer, use)) })
	if errors.Is(err, db.ErrNoRow) {
		err = noPayment()
	}
	return p, err
}

func noPayment() error {
	return fault.NotFoundf("exemption.unknown", "There is no such payment on record.")
}

const onRecord = `SELECT u.id, u.at, u.exemption, u.instrument, u.channel, u.minor, u.currency, COALESCE(u.cents, 0), u.payment, CASE WHEN f.use_id IS NULL THEN 0 ELSE 1 END
	FROM exemption_use u LEFT JOIN exemption_fraud f ON f.customer = u.customer AND f.use_id = u.id AND f.withdrawn_at IS NULL
	WHERE u.customer = $1 AND u.instrument <> ''`

func (p *Payment) scan(row db.Row) error {
	return row.Scan(&p.ID, &p.At, (*string)(&p.Exemption), (*string)(&p.Instrument), &p.Channel, &p.Amount.Minor, (*string)(&p.Amount.Currency), &p.Cents, &p.Hash, &p.Fraud)
}

// Fraud is a payment that turned out not to be authorized.
type Fraud struct {
	Customer ident.ID
	Use      ident.ID // see Use and Payments
	// Cents is how much of it in cents of a euro, 0 for all; recovered money counts
	// (RTS, article 19(1)). Required for payments of which no value in euro is known.
	Cents int64
}

// ReportFraud counts a payment as fraud, in the quarter in which it was made; another
// report of the same payment replaces the first. Faults: "exemption.unknown"
// (NotFound), "exemption.fraud_value" (Invalid).
func (d *Desk) ReportFraud(ctx context.Context, by audit.Actor, f Fraud) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		var day int64
		var exemption, instrument string
		var cents *int64
		err := tx.Row("SELECT day, exemption, instrument, cents FROM exemption_use WHERE customer = $1 AND id = $2 AND instrument <> ''", f.Customer, f.Use).Scan(&day, &exemption, &instrument, &cents)
		switch {
		case errors.Is(err, db.ErrNoRow):
			return noPayment()
		case err != nil:
			return err
		}
		lost, err := f.worth(cents)
		if err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditFraud, By: by, Customer: f.Customer, Object: "use:" + f.Use.String(), Details: map[string]any{"cents": lost}})
		_, err = tx.Exec(`INSERT INTO exemption_fraud (customer, use_id, day, exemption, instrument, cents, reported_at, reported_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (customer, use_id) DO UPDATE SET cents = excluded.cents, reported_at = excluded.reported_at, reported_by = excluded.reported_by, withdrawn_at = NULL`,
			f.Customer, f.Use, day, exemption, instrument, lost, tx.Now, by.String())
		return err
	})
}

// worth is what was lost, for a payment worth the given cents; nil when not known.
func (f Fraud) worth(cents *int64) (int64, error) {
	most := int64(maxCents)
	if cents != nil {
		most = *cents
	}
	switch {
	case f.Cents == 0 && cents != nil:
		return most, nil
	case f.Cents < 1 || f.Cents > most:
		return 0, fault.Invalidf("exemption.fraud_value", "Say how much was lost in cents of a euro: 1 to %d.", most).WithField("/cents")
	}
	return f.Cents, nil
}

// WithdrawFraud takes a report back, because the payment was authorized after all. It
// reports whether there was one.
func (d *Desk) WithdrawFraud(ctx context.Context, by audit.Actor, customer, use ident.ID) (found bool, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE exemption_fraud SET withdrawn_at = $3 WHERE customer = $1 AND use_id = $2 AND withdrawn_at IS NULL", customer, use, tx.Now)
		if found = n == 1; found {
			audit.Record(tx, audit.Event{Kind: AuditFraudWithdrawn, By: by, Customer: customer, Object: "use:" + use.String()})
		}
		return err
	})
	return found && err == nil, err
}
