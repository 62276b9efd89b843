package companion

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Name registers a secondary that a primary of its owner has told of (DI-112). A device that is known
// by one of the identifiers, or by its key, is returned as it is; until its quarantine is over it learns identifiers that are new of it.
// It runs as the effect of a message: [Desk.Take].
//
// Faults: those of what is said of a device, "companion.itself" (Invalid: the primary, or nothing
// to know the device by), "companion.role" (Denied: this device may name none), "companion.taken", "companion.limit" (Conflict).
func (d *Desk) Name(tx *db.Tx, primary Companion, t Thing) (c Companion, added bool, err error) {
	if !primary.May(HubRole) {
		return c, false, fault.Deniedf("companion.role", "This device may not tell of others: its owner has not let it be a hub.")
	}
	if t.Keys.Signer == HMAC {
		return c, false, fault.Invalidf("companion.keys", "A key that two devices have proves neither: a device with a secret key enrolls itself.").WithField("/keys")
	}
	if t, err = t.normal(); err != nil {
		return c, false, err
	}
	if len(t.Identifiers) == 0 && t.Keys.Signer == Unsigned {
		return c, false, fault.Invalidf("companion.identifier", "Give at least one identifier, or a key, to know the device by.").WithField("/identifiers")
	}
	c, found, err := d.find(tx, primary, t)
	switch {
	case err != nil:
		return c, false, err
	case found && c.ID == primary.ID:
		return c, false, fault.Invalidf("companion.itself", "A device cannot be its own secondary.").WithField("/identifiers")
	case found && !c.Fresh(tx.Now): // who could add an identifier now could have their own device taken for one that is trusted
		return c, false, nil
	case found:
		return c, false, d.learn(tx, c, t)
	}
	if c, err = d.add(tx, primary.Customer, t, primary.ID); err != nil {
		return c, false, err
	}
	return c, true, d.told(tx, audit.Customer(c.Customer), AuditNamed, c, map[string]any{"by_device": primary.ID, "class": c.Class})
}

// find returns the device of the primary's owner that is meant; false when it is new.
func (d *Desk) find(tx *db.Tx, primary Companion, t Thing) (c Companion, found bool, err error) {
	if len(t.Keys.Verifier) > 0 {
		c, found, err = one(tx, "WHERE c.customer = $1 AND c.verifier = $2 AND c.signer = $3", primary.Customer, t.Keys.Verifier, string(t.Keys.Signer))
		if err != nil || found {
			return c, found && c.Status != device.Retired && c.Status != device.Lost, err // whose key is not taken again: see insert
		}
	}
	for _, i := range t.Identifiers {
		other, has, err := d.holder(tx, primary.Customer, i)
		switch {
		case err != nil:
			return c, false, err
		case !has:
		case found && other.ID != c.ID:
			return c, false, fault.Conflictf("companion.taken", "These identifiers belong to two devices of the customer.").WithField("/identifiers")
		default:
			c, found = other, true
		}
	}
	return c, found, nil
}

// learn adds identifiers of a kind that is not known of the device yet. What it can and how it signs stays:
// a primary cannot weaken, or strengthen, another device.
func (d *Desk) learn(tx *db.Tx, c Companion, t Thing) error {
	old, err := d.identifiers(tx, c)
	if err != nil {
		return err
	}
	has := map[IdentifierKind]bool{}
	for _, i := range old {
		has[i.Kind] = true
	}
	var fresh []Identifier
	for _, i := range t.Identifiers {
		if !has[i.Kind] {
			fresh = append(fresh, i)
		}
	}
	return d.identify(tx, c, fresh)
}

// Hint tells a primary how to know a device.
type Hint struct {
	Number      int
	Kind        Kind
	Identifiers []Identifier
}

// Known lists what a primary looks for: the owner's devices that are in use, with their identifiers, but not
// itself. The list leaves the server sealed to the primary.
func (d *Desk) Known(tx *db.Tx, primary Companion) (all []Hint, err error) {
	cs, err := Of(tx, primary.Customer)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		if c.ID == primary.ID || c.Status != device.Active {
			continue
		}
		h := Hint{Number: c.Number, Kind: c.Kind}
		if h.Identifiers, err = d.identifiers(tx, c); err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}
