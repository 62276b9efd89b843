package companion

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// room refuses more devices than the policy allows: the fault "companion.limit" (Conflict). The holder's
// row is held until the transaction ends, so that two cannot take the last place.
func (d *Desk) room(tx *db.Tx, customer ident.ID, more int) error {
	if _, err := tx.Exec("INSERT INTO companion_holder (customer, last) VALUES ($1, 0) ON CONFLICT (customer) DO UPDATE SET last = companion_holder.last", customer); err != nil {
		return err
	}
	var n int
	if err := tx.Row("SELECT COUNT(*) FROM companion c JOIN device d ON d.id = c.id WHERE c.customer = $1 AND d.status <> 'retired'", customer).Scan(&n); err != nil {
		return err
	}
	if most := d.Policies.Active().Companions.Devices; n+more > most {
		return fault.Conflictf("companion.limit", "A customer may have %d devices. Remove one first.", most)
	}
	return nil
}

// number gives the next short number of the customer. Numbers are never given twice: patterns are kept
// by them.
func (d *Desk) number(tx *db.Tx, customer ident.ID) (n int, err error) {
	err = tx.Row("UPDATE companion_holder SET last = last + 1 WHERE customer = $1 RETURNING last", customer).Scan(&n)
	if err == nil && n > MaxNumber {
		err = fault.Conflictf("companion.numbers", "A customer can register %d devices in all, removed ones included. Please call support: the register of this customer must be begun anew.", MaxNumber)
	}
	return n, err
}

// insert stores a new device: its row in table device, and its own.
func (d *Desk) insert(tx *db.Tx, c *Companion) error {
	x := device.Device{
		ID: c.ID, Kind: device.Companion, Manufacturer: "companion", Model: c.Model, Name: c.Name, Status: c.Status, Customer: c.Customer,
		Created: c.Created, Assigned: c.Created, Starts: c.Counts,
	}
	x.Serial = device.Serial(x.ID.String())
	if n, err := tx.Exec(device.InsertSQL, x.Row()...); err != nil || n == 0 {
		return orElse(err, busy())
	}
	if c.Keys.Signer == HMAC {
		c.secret, c.Keys.Secret = d.Ring.Seal(secretLabel, c.ID, c.Keys.Secret), nil
	}
	n, err := tx.Exec(`INSERT INTO companion (customer, id, requestor, number, kind, place, class, can, roles, hub, signer, verifier, secret, sealer, epoch, taken, seen_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, NULL, $17) ON CONFLICT DO NOTHING`,
		c.Customer, c.ID, c.Requestor, c.Number, string(c.Kind), string(c.Group), string(c.Class), joined(c.Can), joined(c.Roles), c.Hub,
		string(c.Keys.Signer), orEmpty(c.Keys.Verifier), c.secret, orEmpty(c.Keys.Sealer), c.Epoch, []byte{}, c.Changed)
	if err == nil && n == 0 {
		err = fault.Conflictf("companion.taken", "These keys are registered already. A device makes keys of its own for each person.").WithField("/keys")
	}
	return err
}

// orEmpty makes no bytes an empty value rather than none.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func busy() error {
	return fault.Conflictf("companion.busy", "Somebody else changed this device at the same moment. Please look at it again.")
}

// identifierRow is the id that an identifier is sealed for.
func identifierRow(companion ident.ID, k IdentifierKind) ident.ID {
	return ident.Derive("companion identifier", companion.String(), string(k))
}

// hash is what an identifier is found by; it differs from customer to customer.
func (d *Desk) hash(customer ident.ID, i Identifier) []byte {
	return d.Ring.MAC(identifierLabel, customer[:], []byte(i.Kind), []byte(i.Value))
}

// identify stores identifiers of a device; the fault "companion.taken" (Conflict) says that another device of
// the customer has one of them.
func (d *Desk) identify(tx *db.Tx, c Companion, all []Identifier) error {
	for _, i := range all {
		n, err := tx.Exec("INSERT INTO companion_identifier (customer, companion, kind, digest, value) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
			c.Customer, c.ID, string(i.Kind), d.hash(c.Customer, i), d.Ring.Seal(identifierLabel, identifierRow(c.ID, i.Kind), []byte(i.Value)))
		if err != nil || n == 0 {
			return orElse(err, fault.Conflictf("companion.taken", "Another device of the customer has this %s.", i.Kind).WithField("/identifiers"))
		}
	}
	return nil
}

// holder returns the device of a customer, not removed, that has an identifier; false for none.
func (d *Desk) holder(tx *db.Tx, customer ident.ID, i Identifier) (Companion, bool, error) {
	return one(tx, "JOIN companion_identifier i ON i.customer = c.customer AND i.companion = c.id WHERE c.customer = $1 AND i.kind = $2 AND i.digest = $3", customer, string(i.Kind), d.hash(customer, i))
}

// identifiers returns the identifiers of a device.
func (d *Desk) identifiers(tx *db.Tx, c Companion) (all []Identifier, err error) {
	err = tx.Each("SELECT kind, value FROM companion_identifier WHERE customer = $1 AND companion = $2 ORDER BY kind", []any{c.Customer, c.ID}, func(r db.Row) error {
		var i Identifier
		var sealed []byte
		if err := r.Scan((*string)(&i.Kind), &sealed); err != nil {
			return err
		}
		plain, err := d.Ring.Open(identifierLabel, identifierRow(c.ID, i.Kind), sealed)
		i.Value = string(plain)
		all = append(all, i)
		return err
	})
	return all, err
}
