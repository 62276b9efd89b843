package companion

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Item is a device as people see it.
type Item struct {
	Companion

	Masked []Identifier // with all but the last characters hidden
	Cloned bool         // two copies of it were seen: it must be registered anew
}

// List returns the devices of a customer that have not been removed, by their numbers.
func (d *Desk) List(ctx context.Context, customer ident.ID) (all []Item, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		cs, err := Of(tx, customer)
		if err != nil {
			return err
		}
		all = make([]Item, len(cs))
		for n, c := range cs {
			if all[n], err = d.item(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Get returns one device of a customer; the fault "companion.unknown" (NotFound) says that there is none.
func (d *Desk) Get(ctx context.Context, customer, id ident.ID) (i Item, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := need(tx, customer, id)
		if err != nil {
			return err
		}
		i, err = d.item(tx, c)
		return err
	})
	return i, err
}

// Sender returns the device that is called by a requestor id, whatever its state; the fault
// "companion.unknown" (NotFound) says that there is none.
func (d *Desk) Sender(ctx context.Context, requestor ident.ID) (c Companion, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		sender, there, err := ByRequestor(tx, requestor)
		if err == nil && !there {
			err = fault.NotFoundf("companion.unknown", "Nobody has registered this device.")
		}
		c = sender
		return err
	})
	return c, err
}

func (d *Desk) item(tx *db.Tx, c Companion) (i Item, err error) {
	i.Companion = c
	if i.Masked, err = d.identifiers(tx, c); err != nil {
		return i, err
	}
	for n := range i.Masked {
		i.Masked[n].Value = masked(i.Masked[n].Value)
	}
	return i, tx.Row("SELECT COUNT(*) FROM device WHERE id = $1 AND status = 'suspended' AND note = $2", c.ID, AuditCloned).Scan((*flag)(&i.Cloned))
}

// flag reads a count as yes or no.
type flag bool

// Scan implements what db asks for.
func (f *flag) Scan(src any) error {
	n, _ := src.(int64)
	*f = n > 0
	return nil
}

// masked hides all but the last four characters of an identifier, or all but the last of a short one.
func masked(v string) string {
	r := []rune(v)
	keep := 4
	if len(r) < 8 {
		keep = 1
	}
	return "…" + string(r[max(0, len(r)-keep):])
}
