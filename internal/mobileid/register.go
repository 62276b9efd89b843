package mobileid

import (
	"context"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Register orders a mobile ID: the card is told to make the authentication key, and then the
// signing key; the person chooses a PIN for each. Customers, and applications in their name, give a
// proof of two factors; others have identified the customer. Faults: "mobileid.number",
// ".algorithm" (Invalid), ".card_unknown" (NotFound), ".taken", ".made", ".too_many", ".busy"
// (Conflict), ".proof", ".strong", those of identifications and customers.
func (d *Desk) Register(ctx context.Context, by audit.Actor, in Enrollment) (r Registration, err error) {
	set := d.Policies.Active()
	number, algorithm, err := in.read(set)
	if err != nil {
		return r, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		u := &unit{d: d, tx: tx, by: by, set: set}
		if _, err := customer.Usable(tx, in.Customer); err != nil {
			return err
		}
		if u.note, err = warranted(tx, by, in.Customer, in.Proof, needProof); err != nil {
			return err
		}
		card, err := d.card(tx, number, in.ICCID)
		if err != nil {
			return err
		}
		if err := u.create(in, card, algorithm); err != nil {
			return err
		}
		if err := u.record(AuditOrdered, map[string]any{"algorithm": algorithm.String()}); err != nil {
			return err
		}
		r, err = u.generate(applet.Authentication)
		return err
	})
	if db.IsUnique(err) {
		err = taken()
	}
	return r, err
}

// read judges the form of an enrollment.
func (in *Enrollment) read(set *policy.Set) (number string, a applet.Algorithm, err error) {
	if (in.Number == "") == (in.ICCID == "") {
		return "", 0, fault.Invalidf("mobileid.number", "Give the phone number, or the number on the SIM card (ICCID), and not both.").WithField("/number")
	}
	if in.Number != "" {
		if number, err = Number(in.Number, set.SMS.Region); err != nil {
			return "", 0, err
		}
	}
	a, err = algorithmOf(set.MobileID, in.Algorithm)
	return number, a, err
}

// algorithmOf is the one that was asked for, or the first of the policies.
func algorithmOf(x policy.MobileID, a applet.Algorithm) (applet.Algorithm, error) {
	if a == 0 {
		a = applet.ECDSAP256
		if x.Algorithms[0] == policy.AlgorithmRSA {
			a = applet.RSA2048
		}
	}
	if !slices.Contains(x.Algorithms, a.String()) {
		return 0, fault.Invalidf("mobileid.algorithm", "The policies do not allow keys of this kind (%s).", a).WithField("/algorithm")
	}
	return a, nil
}

// card finds the card of a number or of a card number. Fault: "mobileid.card_unknown" (NotFound).
func (d *Desk) card(tx *db.Tx, number, iccid string) (c Card, err error) {
	var found bool
	if number != "" {
		c, found, err = d.Cards.ByNumber(tx, number)
	} else {
		c, found, err = d.Cards.ByICCID(tx, iccid)
	}
	if err == nil && (!found || !c.Usable || c.Number == "") {
		field := "/iccid"
		if number != "" {
			field = "/number"
		}
		err = fault.NotFoundf("mobileid.card_unknown", "No SIM card for mobile IDs that is in service has this number. Look it up in the stock of SIM cards.").WithField(field)
	}
	return c, err
}

func taken() error {
	return fault.Conflictf("mobileid.taken", "This phone number, or this SIM card, belongs to a mobile ID already.")
}

// create stores a new mobile ID, or takes one up again that did not come about.
func (u *unit) create(in Enrollment, card Card, a applet.Algorithm) error {
	tx, d := u.tx, u.d
	tag := d.tagOf("number", card.Number)
	if m, found, err := byTag(tx, tag); err != nil || found {
		return orMade(err, m.Customer == in.Customer)
	}
	if m, found, err := byCard(tx, card.ID); err != nil || found {
		return orMade(err, m.Customer == in.Customer)
	}
	all, err := of(tx, in.Customer)
	if err != nil {
		return err
	}
	have := 0
	for _, m := range all {
		if m.State == StateRevoked {
			continue
		}
		if have++; string(m.tag) == string(tag) {
			return u.again(m, card, a)
		}
	}
	if have >= u.set.MobileID.Numbers {
		return fault.Conflictf("mobileid.too_many", "A customer may have %d mobile IDs. Revoke one first.", u.set.MobileID.Numbers)
	}
	if _, err := d.person(tx, in.Customer); err != nil {
		return err
	}
	if in.ID.IsZero() {
		in.ID = ident.New(tx.Now, d.Rand)
	}
	u.m = MobileID{Customer: in.Customer, ID: in.ID, Card: card.ID, Number: card.Number, State: StateOrdered, Algorithm: a, Created: tx.Now, Changed: tx.Now, tag: tag}
	u.m.sealed = d.Ring.Seal(numberLabel, in.ID, []byte(card.Number))
	if u.m.Device, err = d.newDevice(tx, in.Customer); err != nil {
		return err
	}
	stored, err := u.m.insert(tx)
	if err == nil && !stored {
		err = taken()
	}
	return err
}

func orMade(err error, own bool) error {
	switch {
	case err != nil:
		return err
	case own:
		return fault.Conflictf("mobileid.made", "This customer has a mobile ID under this number: register it anew instead.")
	}
	return taken()
}

// again orders a mobile ID anew whose keys do not exist, or are no more.
func (u *unit) again(m MobileID, card Card, a applet.Algorithm) error {
	u.m = m
	if err := u.d.open(&u.m); err != nil {
		return err
	}
	u.m.Algorithm = a
	return u.move(Reregister, change{card: card})
}

// Reregister has another card, or the same one, make new keys for a mobile ID: after a change of the
// SIM, or of an application on it. The former certificates are revoked at once, the serial number of
// the person stays, and signatures count once mobile_id.hold is over. What staff, or a restore, have
// suspended is suspended again once it is registered. Faults as of Register, and "mobileid.state" (Conflict).
func (d *Desk) Reregister(ctx context.Context, by audit.Actor, o Order) (r Registration, err error) {
	set := d.Policies.Active()
	reason, err := readReason(audit.Actor{}, o.Reason)
	if err != nil {
		return r, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := d.unit(tx, by, set, o.Customer, o.Mobile)
		if err != nil {
			return err
		}
		if _, err := customer.Usable(tx, o.Customer); err != nil {
			return err
		}
		if u.note, err = warranted(tx, by, o.Customer, o.Proof, needProof); err != nil {
			return err
		}
		if u, err = d.carry(u, o.ICCID, reason); err != nil {
			return err
		}
		number := u.m.Number
		if o.ICCID != "" {
			number = ""
		}
		card, err := d.card(tx, number, o.ICCID)
		if err != nil {
			return err
		}
		if card.Number != u.m.Number {
			return fault.Conflictf("mobileid.card_number", "This SIM card has another phone number. Move the number to it first.")
		}
		return u.reregister(card, reason, &r)
	})
	if db.IsUnique(err) {
		err = taken()
	}
	return r, err
}

// carry gives the number of a mobile ID to the card that was named, when that one has none yet: the person
// who was identified has it in their phone. The mobile ID is as the change of the card leaves it.
func (d *Desk) carry(u *unit, iccid, reason string) (*unit, error) {
	if iccid == "" {
		return u, nil
	}
	to, found, err := d.Cards.ByICCID(u.tx, iccid)
	if err != nil || !found || to.Number != "" || to.ID == u.m.Card {
		return u, err
	}
	if err := d.Cards.Move(u.tx, u.by, u.m.Number, iccid, reason); err != nil {
		return u, err
	}
	moved, err := d.unit(u.tx, u.by, u.set, u.m.Customer, u.m.ID)
	if err == nil {
		moved.note = u.note
	}
	return moved, err
}

func (u *unit) reregister(card Card, reason string, r *Registration) (err error) {
	same := card.ID == u.m.Card
	if err := u.endKeys(Superseded, same); err != nil {
		return err
	}
	if err := u.move(Reregister, change{card: card, reason: reason}); err != nil {
		return err
	}
	if err := u.unhold(ByCard, ByOwner); err != nil {
		return err
	}
	if err := u.withdraw(); err != nil {
		return err
	}
	if err := u.turn(device.Suspend, "registered anew"); err != nil {
		return err
	}
	if err := u.record(AuditReordered, map[string]any{"same_card": same}); err != nil {
		return err
	}
	*r, err = u.generate(applet.Authentication)
	return err
}
