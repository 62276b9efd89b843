package sim

import (
	"errors"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/ota"
)

// Send puts a message on its way in the caller's transaction: it goes out after the commit,
// or not at all. The counter is taken and the packet made here, so a packet that was
// never sent has spent its counter, and none is ever made anew. It returns the message's id, by
// which the Handler is told. Faults: "sim.card" (NotFound), "sim.card_state", "sim.spent"
// (Conflict), "sim.too_long", "sim.class", "sim.expires" (Invalid).
func (d *Desk) Send(tx *db.Tx, by audit.Actor, m Message) (ident.ID, error) {
	c, ok, err := d.Card(tx, m.Card)
	switch {
	case err != nil:
		return ident.ID{}, err
	case !ok:
		return ident.ID{}, noCard()
	case c.State != Active:
		return ident.ID{}, fault.Conflictf("sim.card_state", "The card is %s: nothing can be sent to it.", c.State)
	case m.Class == "" || len(m.Class) > 20 || strings.Trim(m.Class, "abcdefghijklmnopqrstuvwxyz_") != "":
		return ident.ID{}, fault.Invalidf("sim.class", "The class of a message has 1 to 20 characters of a-z and _.")
	case !m.Expires.After(tx.Now):
		return ident.ID{}, fault.Invalidf("sim.expires", "The message has expired already.")
	}
	id := ident.New(tx.Now, d.Rand)
	if err := d.store(tx, id, c, m); err != nil {
		return ident.ID{}, err
	}
	if c.Customer != m.Customer && !m.Customer.IsZero() {
		if _, err := tx.Exec("UPDATE sim_card SET customer = $2 WHERE id = $1", c.ID, m.Customer); err != nil {
			return ident.ID{}, err
		}
	}
	audit.Record(tx, audit.Event{Kind: AuditSent, By: by, Customer: m.Customer, Object: "sim_message:" + id.String(), Details: map[string]any{"card": c.ID, "class": m.Class}})
	return id, d.Outbox.Put(tx, outbox.Message{ID: id, Kind: Kind, Customer: m.Customer, Expires: m.Expires})
}

func noCard() error { return fault.NotFoundf("sim.card", "There is no such SIM card.") }

// store takes a counter and stores the packet. The packet is not sealed again: it is what
// anybody in the network can read, ciphered under the card's key.
func (d *Desk) store(tx *db.Tx, id ident.ID, c Card, m Message) error {
	set, counter, err := d.allocate(tx, c.ID)
	if err != nil {
		return err
	}
	if err := errors.Join(set.profile.Refused(), set.weak()); err != nil {
		return err
	}
	command := ota.Command{Security: set.profile, TAR: c.TAR, Counter: counter, Data: m.Data}
	packet, err := command.Pack(set.keys)
	if err != nil {
		return err
	}
	parts, err := ota.Segments(ota.Commands, packet, 0)
	if err != nil || len(parts) > c.Parts {
		return fault.Invalidf("sim.too_long", "The message needs more than the %d short messages that the card takes.", c.Parts)
	}
	_, err = tx.Exec(`INSERT INTO sim_message (id, card, customer, class, address, state, key_set, counter, packet, parts, gateway, reason, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $9, '', '', $10, $11)`,
		id, c.ID, m.Customer, m.Class, d.hash(c.MSISDN), set.number, counter, packet, len(parts), tx.Now, m.Expires)
	return err
}
