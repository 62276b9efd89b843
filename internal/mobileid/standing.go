package mobileid

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// closedReason is why the mobile IDs of a closed customer are revoked.
const closedReason = "the customer was closed"

// align makes the status of the certificates that of the mobile ID, its card and its owner: on hold as long
// as one of them is suspended. The authority changes nothing that is so already.
func (u *unit) align() error {
	all, err := holdsOf(u.tx, u.m)
	if err != nil {
		return err
	}
	if all, err = u.d.withLooked(u.tx, u.m, all); err != nil {
		return err
	}
	change := u.d.CA.Release
	if u.m.State == StateSuspended || len(all) > 0 {
		change = u.d.CA.Hold
	}
	return u.eachLive(func(k key) error { return change(u.tx, u.by, k.Serial) })
}

// CardTurned is told that a card was suspended, or is in service again, in the transaction of it: who
// relies on its certificates must learn it, not only who asks us for a signature.
func (d *Desk) CardTurned(tx *db.Tx, by audit.Actor, c Card) error {
	m, found, err := byCard(tx, c.ID)
	if err != nil || !found {
		return err
	}
	u, err := d.unit(tx, by, d.Policies.Active(), m.Customer, m.ID)
	if err != nil {
		return err
	}
	return u.align()
}

// CustomerTurned is told that a customer was suspended, or is active again, in the transaction of it:
// their certificates are on hold for as long, and what their phones are asked for ends.
func (d *Desk) CustomerTurned(tx *db.Tx, by audit.Actor, customer ident.ID) error {
	all, err := of(tx, customer)
	if err != nil {
		return err
	}
	active, err := signs(tx, customer)
	if err != nil {
		return err
	}
	for _, m := range all {
		u, err := d.unit(tx, by, d.Policies.Active(), customer, m.ID)
		if err != nil {
			return err
		}
		if !active && !m.State.Registering() {
			if err := u.withdraw(); err != nil {
				return err
			}
		}
		if err := u.align(); err != nil {
			return err
		}
	}
	return nil
}

// Closed is told that a customer was closed, in the transaction of it: their mobile IDs are revoked
// at once, with their certificates (cessationOfOperation), and the cards erase the keys. What is
// kept of them is forgotten with the customer, see Forget.
func (d *Desk) Closed(tx *db.Tx, by audit.Actor, customer ident.ID) error {
	all, err := of(tx, customer)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.State == StateRevoked {
			continue
		}
		u, err := d.unit(tx, by, d.Policies.Active(), customer, m.ID)
		if err != nil {
			return err
		}
		if err := u.revoke(closedReason); err != nil {
			return err
		}
	}
	return nil
}
