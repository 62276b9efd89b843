package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Order is what a signature request was besides what package mobileid knows of it.
type Order struct {
	Customer ident.ID // zero when nobody has the number
	ID       ident.ID // of the request, in package mobileid
	Provider ident.ID
	TransID  string // AP_TransID
	Handle   string // MSSP_TransID
	Mode     string // messaging mode
	Format   string // of the signature, URI
	Profile  string // URI, as it was asked for
	User     string // the number or identifier, as it was written
	Callback string // where the notification goes; "" for none
	Services []string
	Created  time.Time
	Expires  time.Time // of the request
}

const (
	userLabel    = "provider_order.user"
	orderColumns = `customer, id, provider, trans_id, handle, mode, format, profile, named, callback, services, created_at, expires_at`
	// kept is how long orders are remembered after they have run out.
	kept = 24 * time.Hour
)

// Keep stores an order. Until it is taken, one with a callback is due to be told.
func (r *Register) Keep(ctx context.Context, o Order) error {
	return r.DB.Settle(ctx, o.ID, func(tx *db.Tx) error {
		due := 0
		if o.Callback != "" {
			due = 1
		}
		_, err := tx.Exec(`INSERT INTO provider_order (`+orderColumns+`, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING`,
			o.Customer[:], o.ID, o.Provider, o.TransID, o.Handle, o.Mode, o.Format, o.Profile, r.Ring.Seal(userLabel, o.ID, []byte(o.User)), o.Callback, strings.Join(o.Services, "\n"), tx.Now, o.Expires, due)
		return err
	})
}

// Order returns the order of a request; false when there is none.
func (r *Register) Order(ctx context.Context, customer, id ident.ID) (o Order, found bool, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		o, err = r.scanOrder(tx.Row("SELECT "+orderColumns+" FROM provider_order WHERE customer = $1 AND id = $2", customer[:], id))
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return Order{}, false, nil
	}
	return o, err == nil, err
}

// Due returns up to limit orders whose notification has not been left to be sent, the oldest
// first, those after the id given.
func (r *Register) Due(ctx context.Context, after ident.ID, limit int) (all []Order, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+orderColumns+" FROM provider_order WHERE due = 1 AND id > $1 ORDER BY id LIMIT $2", []any{after[:], limit}, func(row db.Row) error {
			o, err := r.scanOrder(row)
			all = append(all, o)
			return err
		})
	})
	return all, err
}

// Take claims the notification of an order and leaves it to be sent, in one transaction; false when
// another node was faster.
func (r *Register) Take(ctx context.Context, o Order, send func(*db.Tx) error) (taken bool, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE provider_order SET due = 0 WHERE customer = $1 AND id = $2 AND due = 1", o.Customer[:], o.ID)
		if taken = n == 1; err != nil || !taken {
			return err
		}
		return send(tx)
	})
	return taken && err == nil, err
}

func (r *Register) scanOrder(row interface{ Scan(dest ...any) error }) (o Order, err error) {
	var sealed []byte
	var services string
	if err := row.Scan(&o.Customer, &o.ID, &o.Provider, &o.TransID, &o.Handle, &o.Mode, &o.Format, &o.Profile, &sealed, &o.Callback, &services, &o.Created, &o.Expires); err != nil {
		return Order{}, err
	}
	if services != "" {
		o.Services = strings.Split(services, "\n")
	}
	user, err := r.Ring.Open(userLabel, o.ID, sealed)
	o.User = string(user)
	return o, err
}

// Sweep forgets up to limit orders that ran out a day ago.
func (r *Register) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`DELETE FROM provider_order WHERE (customer, id) IN (SELECT customer, id FROM provider_order WHERE expires_at < $1 AND due = 0 ORDER BY expires_at LIMIT $2)`, tx.Now.Add(-kept), limit)
		return err
	})
	return n, err
}

// Erase forgets the orders of a customer, in the transaction of their erasure.
func Erase(tx *db.Tx, customer ident.ID) error {
	_, err := tx.Exec("DELETE FROM provider_order WHERE customer = $1", customer)
	return err
}
