package risk

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kept counts what is kept of one customer, by class.
type Kept struct {
	Events    int64
	Addresses int64 // of events, sealed
	Sessions  int   // that the profile remembers
	Entries   int64 // of lists that name the customer
	Reports   int64 // of the probe
	Channels  int64 // that are closed to the customer
}

// Kept says how much is kept of a customer. It shows none of it.
func (d *Desk) Kept(ctx context.Context, customer ident.ID) (k Kept, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		p, _, err := loadProfile(tx, customer)
		if err != nil {
			return err
		}
		k = Kept{Sessions: len(p.History.Entries)}
		for _, c := range []struct {
			n   *int64
			sql string
			arg any
		}{
			{&k.Events, "SELECT COUNT(*) FROM risk_event WHERE customer = $1", customer},
			{&k.Addresses, "SELECT COUNT(*) FROM risk_event WHERE customer = $1 AND address IS NOT NULL", customer},
			{&k.Entries, "SELECT COUNT(*) FROM risk_list WHERE subject = $1", "customer:" + customer.String()},
			{&k.Reports, "SELECT COUNT(*) FROM risk_probe WHERE customer = $1", customer},
			{&k.Channels, "SELECT COUNT(*) FROM risk_channel WHERE customer = $1", customer},
		} {
			if err := tx.Row(c.sql, c.arg).Scan(c.n); err != nil {
				return err
			}
		}
		return nil
	})
	return k, err
}
