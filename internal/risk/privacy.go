package risk

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/risk/engine"
)

// Exported is all that is kept of one customer.
type Exported struct {
	Customer ident.ID        `json:"customer"`
	At       time.Time       `json:"at"`
	Profile  *engine.Profile `json:"profile"`
	Events   []ExportedEvent `json:"events"`
	Lists    []string        `json:"lists"` // that name the customer
	Channels []ChannelBlock  `json:"channels,omitempty"`
}

// ExportedEvent is an event as its customer may see it.
type ExportedEvent struct {
	Event

	Address string `json:"address,omitempty"` // empty once it was swept
}

// Export gathers all that is kept of a customer, for a request under article 15 of
// regulation (EU) 2016/679. It is recorded who asked.
func (d *Desk) Export(ctx context.Context, by audit.Actor, customer ident.ID) (x Exported, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		x = Exported{Customer: customer, At: tx.Now}
		p, _, err := loadProfile(tx, customer)
		if err != nil {
			return err
		}
		x.Profile = &p
		err = tx.Each("SELECT "+eventColumns+" FROM risk_event WHERE customer = $1 ORDER BY id", []any{customer}, func(r db.Row) error {
			var e Event
			if err := e.scan(r); err != nil {
				return err
			}
			a, err := d.address(&e)
			x.Events = append(x.Events, ExportedEvent{e, a})
			return err
		})
		if err != nil {
			return err
		}
		err = tx.Each("SELECT list FROM risk_list WHERE subject = $1 ORDER BY list", []any{"customer:" + customer.String()}, func(r db.Row) error {
			var l string
			err := r.Scan(&l)
			x.Lists = append(x.Lists, l)
			return err
		})
		if err != nil {
			return err
		}
		x.Channels, err = standing(tx, "customer = $2 ORDER BY channel", customer)
		audit.Record(tx, audit.Event{Kind: AuditExported, By: by, Customer: customer, Details: map[string]any{"events": len(x.Events)}})
		return err
	})
	return x, err
}

// address opens the address of an event; "" for none.
func (d *Desk) address(e *Event) (string, error) {
	if e.address == nil {
		return "", nil
	}
	b, err := d.Ring.Open(sealLabel, e.ID, e.address)
	return string(b), err
}

// Address returns the address of an event, for analysts; "" when there was none or
// it was swept. The fault "risk.unknown" when there is no such event.
func (d *Desk) Address(ctx context.Context, customer, id ident.ID) (string, error) {
	e, err := d.Find(ctx, customer, id)
	if err != nil {
		return "", err
	}
	return d.address(&e)
}

// Erase deletes all that is kept of a customer, in the caller's transaction: events,
// profile, entries of lists, blocks of channels; and takes what they taught out of the counts of all
// customers. It can be repeated. It is one of those in customer.Register.Forget,
// whose own record says who erased.
func (d *Desk) Erase(tx *db.Tx, customer ident.ID) error {
	events, err := tx.Exec("DELETE FROM risk_event WHERE customer = $1", customer)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM risk_list WHERE subject = $1", "customer:"+customer.String()); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM risk_claim WHERE of_customer = $1", customer); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM risk_channel WHERE customer = $1", customer); err != nil {
		return err
	}
	if err := errors.Join(d.forget(tx, customer), forgetVisits(tx, customer)); err != nil {
		return err
	}
	audit.Record(tx, audit.Event{Kind: AuditErased, By: audit.System("risk"), Customer: customer, Details: map[string]any{"events": events}})
	return nil
}

// Columns are those that the rotation of keys seals anew.
func Columns() []keyring.Column {
	return []keyring.Column{{Table: "risk_event", Column: "address", Label: sealLabel, Key: []string{"customer", "id"}, ID: func(key []any) ident.ID {
		id, ok := key[1].([]byte)
		if !ok || len(id) != len(ident.ID{}) {
			return ident.ID{}
		}
		return ident.ID(id)
	}}}
}
