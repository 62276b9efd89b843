package sim

import (
	"context"
	"strings"
	"unicode"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Assign gives a card from stock a number, typed in any international form: it is active then. Faults: "sim.card"
// (NotFound), "sim.card_state", "sim.number_taken" (Conflict), "sim.number", "sim.reason" (Invalid).
func (d *Desk) Assign(ctx context.Context, by audit.Actor, iccid, number, reason string) error {
	n, err := readNumber(number)
	if err != nil {
		return err
	}
	return d.change(ctx, iccid, reason, func(tx *db.Tx, c Card) error {
		if old, taken, err := d.CardOf(tx, n); err != nil || taken {
			return orElse(err, fault.Conflictf("sim.number_taken", "The number belongs to card %s. If the person has a new card, move the number.", old.ICCID))
		}
		if c, err = d.give(tx, c, n, reason); err != nil {
			return err
		}
		record(tx, by, AuditAssigned, c, reason)
		return d.changed(tx, by, c)
	})
}

// Move gives the number of one card to another, from stock, as after a lost or broken card. The
// former one is retired, what was on its way to it is lost, and the Watcher learns of both. The new card is active, also when the former was suspended; the
// record has the state of the former. Faults: those of Assign, and "sim.number_unknown" (NotFound).
func (d *Desk) Move(ctx context.Context, by audit.Actor, number, iccid, reason string) error {
	n, err := readNumber(number)
	if err != nil {
		return err
	}
	return d.change(ctx, iccid, reason, func(tx *db.Tx, to Card) error { return d.MoveTo(tx, by, n, to, reason) })
}

// MoveTo is Move in the transaction of its caller, who has read the number and knows the reason to be
// good.
func (d *Desk) MoveTo(tx *db.Tx, by audit.Actor, number string, to Card, reason string) error {
	from, ok, err := d.CardOf(tx, number)
	if err != nil || !ok {
		return orElse(err, fault.NotFoundf("sim.number_unknown", "No card has this number."))
	}
	retired, err := d.end(tx, from, reason)
	if err != nil {
		return err
	}
	if to, err = d.give(tx, to, number, reason); err != nil {
		return err
	}
	audit.Record(tx, audit.Event{Kind: AuditMoved, By: by, Object: object(to), Details: map[string]any{"from": from.ID, "from_state": from.State, "reason": reason}})
	if d.Watcher == nil {
		return nil
	}
	retired.MSISDN = number // it had it until now
	return d.Watcher.Moved(tx, by, retired, to)
}

// Suspend has nothing sent to a card until it is resumed; what was on its way is lost.
// Faults: "sim.card" (NotFound), "sim.card_state" (Conflict), "sim.reason" (Invalid).
func (d *Desk) Suspend(ctx context.Context, by audit.Actor, iccid, reason string) error {
	return d.change(ctx, iccid, reason, func(tx *db.Tx, c Card) error {
		if err := d.abandon(tx, c); err != nil {
			return err
		}
		return d.state(tx, by, c, Suspended, AuditSuspended, reason, Active)
	})
}

// Resume ends a suspension. Faults as for Suspend.
func (d *Desk) Resume(ctx context.Context, by audit.Actor, iccid, reason string) error {
	return d.change(ctx, iccid, reason, func(tx *db.Tx, c Card) error {
		return d.state(tx, by, c, Active, AuditResumed, reason, Suspended)
	})
}

// Retire ends a card for ever: its number is free and its keys are destroyed. Faults as for
// Suspend.
func (d *Desk) Retire(ctx context.Context, by audit.Actor, iccid, reason string) error {
	return d.change(ctx, iccid, reason, func(tx *db.Tx, c Card) error {
		if c.State == Retired {
			return wrongState(c)
		}
		number := c.MSISDN
		c, err := d.end(tx, c, reason)
		if err != nil {
			return err
		}
		record(tx, by, AuditRetired, c, reason)
		c.MSISDN = number
		return d.changed(tx, by, c)
	})
}

// change does something with a card, in a transaction of its own.
func (d *Desk) change(ctx context.Context, iccid, reason string, f func(*db.Tx, Card) error) error {
	if strings.TrimSpace(reason) == "" || len([]rune(reason)) > maxReason || strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }) {
		return fault.Invalidf("sim.reason", "Say why, in 1 to %d characters.", maxReason).WithField("/reason")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		c, ok, err := d.ByICCID(tx, iccid)
		if err != nil || !ok {
			return orElse(err, noCard())
		}
		return f(tx, c)
	})
}

// state moves a card from one state to another by compare-and-swap.
func (d *Desk) state(tx *db.Tx, by audit.Actor, c Card, to CardState, kind, reason string, from CardState) error {
	n, err := tx.Exec("UPDATE sim_card SET state = $2, reason = $3, changed_at = $4 WHERE id = $1 AND state = $5", c.ID, string(to), reason, tx.Now, string(from))
	if err != nil || n == 0 {
		return orElse(err, wrongState(c))
	}
	c.State, c.Reason, c.Changed = to, reason, tx.Now
	record(tx, by, kind, c, reason)
	return d.changed(tx, by, c)
}

// give makes a card from stock the active one of a number.
func (d *Desk) give(tx *db.Tx, c Card, number, reason string) (Card, error) {
	n, err := tx.Exec("UPDATE sim_card SET state = 'active', msisdn = $2, msisdn_hash = $3, reason = $4, changed_at = $5 WHERE id = $1 AND state = 'stock'",
		c.ID, d.Ring.Seal(msisdnLabel, c.ID, []byte(number)), d.hash(number), reason, tx.Now)
	switch {
	case db.IsUnique(err):
		return c, fault.Conflictf("sim.number_taken", "The number was given to another card in this moment. Look again.")
	case err != nil || n == 0:
		return c, orElse(err, wrongState(c))
	}
	c.State, c.MSISDN, c.Reason, c.Changed = Active, number, reason, tx.Now
	return c, nil
}

// end retires a card and destroys its keys.
func (d *Desk) end(tx *db.Tx, c Card, reason string) (Card, error) {
	if err := d.abandon(tx, c); err != nil {
		return c, err
	}
	n, err := tx.Exec("UPDATE sim_card SET state = 'retired', msisdn = NULL, msisdn_hash = NULL, reason = $2, changed_at = $3 WHERE id = $1 AND state <> 'retired'", c.ID, reason, tx.Now)
	if err != nil || n == 0 {
		return c, orElse(err, wrongState(c))
	}
	_, err = tx.Exec("DELETE FROM sim_key_set WHERE card = $1", c.ID)
	c.State, c.MSISDN, c.Reason, c.Changed = Retired, "", reason, tx.Now
	return c, err
}

// abandon loses what is on its way to a card.
func (d *Desk) abandon(tx *db.Tx, c Card) error {
	ids, err := idsOf(tx, "SELECT id FROM sim_message WHERE card = $1 AND state IN "+open+" ORDER BY id", c.ID)
	for _, id := range ids {
		if err := d.lose(tx, id, Failed, NoCard, ""); err != nil {
			return err
		}
	}
	return err
}

func (d *Desk) changed(tx *db.Tx, by audit.Actor, c Card) error {
	if d.Watcher == nil {
		return nil
	}
	return d.Watcher.Changed(tx, by, c)
}

func idsOf(tx *db.Tx, sql string, args ...any) (ids []ident.ID, err error) {
	err = tx.Each(sql, args, func(r db.Row) error {
		var id ident.ID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

func record(tx *db.Tx, by audit.Actor, kind string, c Card, reason string) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Object: object(c), Details: map[string]any{"reason": reason}})
}

func object(c Card) string { return "sim_card:" + c.ID.String() }

func wrongState(c Card) error {
	return fault.Conflictf("sim.card_state", "Card %s is %s; this cannot be done with it now.", c.ICCID, c.State)
}

// orElse returns err, or the fault when there is none.
func orElse(err, f error) error {
	if err != nil {
		return err
	}
	return f
}

// readNumber reads a number with its country code, with or without a plus sign.
func readNumber(typed string) (e164 string, err error) {
	typed = strings.TrimSpace(typed)
	if typed != "" && typed[0] >= '1' && typed[0] <= '9' {
		typed = "+" + typed
	}
	n, ok := customer.ReadPhone(typed, "")
	if !ok {
		return "", fault.Invalidf("sim.number", "Write the phone number with its country code, such as +4791234567.").WithField("/number")
	}
	return n.E164, nil
}
