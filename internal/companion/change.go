package companion

import (
	"context"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// On names a device that an act is on.
type On struct {
	Order

	Companion ident.ID
}

// Suspend takes a device out of use for a while: it may not report, and counts for nothing. Customers may do
// it without a proof, because it lets nobody in. Faults: "companion.unknown" (NotFound),
// "companion.state" (Conflict), "companion.not_yours" (Denied).
func (d *Desk) Suspend(ctx context.Context, by audit.Actor, o On) error {
	return d.turn(ctx, by, o, device.Suspend, AuditSuspended, false)
}

// Resume ends a suspension. A device that was copied must be registered anew: the fault "companion.cloned"
// (Conflict). The others are those of Suspend and of an order.
func (d *Desk) Resume(ctx context.Context, by audit.Actor, o On) error {
	return d.turn(ctx, by, o, device.Resume, AuditResumed, true)
}

// Lose ends a device that is out of its owner's hands. Faults as for Suspend.
func (d *Desk) Lose(ctx context.Context, by audit.Actor, o On) error {
	return d.turn(ctx, by, o, device.Lose, AuditLost, false)
}

// Remove ends a device for good and forgets its identifiers. Faults as for Suspend.
func (d *Desk) Remove(ctx context.Context, by audit.Actor, o On) error {
	return d.turn(ctx, by, o, device.Retire, AuditRemoved, false)
}

// turn carries out an act of a device's life.
func (d *Desk) turn(ctx context.Context, by audit.Actor, o On, act device.Act, kind string, warrant bool) error {
	if by.Kind == audit.CustomerKind && by.ID != o.Customer {
		return fault.Deniedf("companion.not_yours", "Customers act on their own devices only.")
	}
	reason, err := text(o.Reason, "reason", 200)
	if err != nil {
		return err
	}
	o.Reason = reason
	return d.write(ctx, func(tx *db.Tx) error {
		c, err := need(tx, o.Customer, o.Companion)
		if err != nil {
			return err
		}
		note := map[string]any{"reason": reason}
		if warrant || by.Kind == audit.CustomerKind && o.Proof != nil {
			if note, err = o.entitled(tx, by); err != nil {
				return err
			}
		}
		return d.move(tx, by, c, act, kind, note)
	})
}

// move changes the state of a device, tells whoever must know, and forgets what is of no use any more.
func (d *Desk) move(tx *db.Tx, by audit.Actor, c Companion, act device.Act, kind string, note map[string]any) error {
	x, found, err := device.Get(tx, c.ID)
	if err != nil || !found {
		return orElse(err, busy())
	}
	if _, allowed := act.To(x.Status); !allowed {
		return fault.Conflictf("companion.state", "This cannot be done with a device that is %s.", x.Status)
	}
	if act == device.Resume && x.Note == AuditCloned {
		return fault.Conflictf("companion.cloned", "Two copies of this device were seen. Remove it and register it anew.")
	}
	cause, _ := note["reason"].(string)
	if kind == AuditCloned {
		cause = AuditCloned
	}
	if done, err := x.Change(tx, device.Change{Act: act, Note: cause}); err != nil || !done {
		return orElse(err, busy())
	}
	if kind == AuditRemoved || kind == AuditLost {
		for _, sql := range []string{
			"DELETE FROM companion_identifier WHERE customer = $1 AND companion = $2",
			"DELETE FROM companion_answer WHERE customer = $1 AND companion = $2",
		} {
			if _, err := tx.Exec(sql, c.Customer, c.ID); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec("UPDATE companion SET changed_at = $3 WHERE customer = $1 AND id = $2", c.Customer, c.ID, tx.Now); err != nil {
		return err
	}
	if err := d.moved(tx, by, c, kind); err != nil {
		return err
	}
	return d.told(tx, by, kind, c, note)
}

// Change is what is said anew of a device; nil leaves it as it is.
type Change struct {
	Name  *string // at most 60 characters
	Group *Group
	Roles *[]Role
}

// Change says something anew of a device. Faults: "companion.text", "companion.group", "companion.role" (Invalid: it
// cannot play one of them, such as a device without a transaction application that of a primary), "companion.unknown"
// (NotFound), "companion.not_yours" (Denied).
func (d *Desk) Change(ctx context.Context, by audit.Actor, o On, ch Change) error {
	if by.Kind == audit.CustomerKind && by.ID != o.Customer {
		return fault.Deniedf("companion.not_yours", "Customers act on their own devices only.")
	}
	return d.write(ctx, func(tx *db.Tx) error {
		c, err := need(tx, o.Customer, o.Companion)
		if err != nil {
			return err
		}
		was := c
		if err := ch.to(&c); err != nil {
			return err
		}
		if c.Name != was.Name {
			if _, err := device.Rename(tx, c.ID, c.Customer, c.Name); err != nil {
				return err
			}
		}
		_, err = tx.Exec("UPDATE companion SET place = $3, roles = $4, changed_at = $5 WHERE customer = $1 AND id = $2", c.Customer, c.ID, string(c.Group), joined(c.Roles), tx.Now)
		if err != nil {
			return err
		}
		kind := AuditRenamed
		if ch.Group != nil || ch.Roles != nil {
			kind = AuditChanged
		}
		record(tx, by, kind, c, map[string]any{"group": c.Group, "roles": c.Roles})
		if ch.Roles == nil {
			return nil
		}
		return d.moved(tx, by, c, AuditChanged)
	})
}

// to carries the change out on what was read.
func (ch Change) to(c *Companion) (err error) {
	if ch.Name != nil {
		if c.Name, err = text(*ch.Name, "name", 60); err != nil {
			return err
		}
	}
	if ch.Group != nil {
		if c.Group = *ch.Group; !known(Groups(), c.Group) {
			return fault.Invalidf("companion.group", "Unknown group; use one of %s.", words(Groups())).WithField("/group")
		}
	}
	if ch.Roles == nil {
		return nil
	}
	can := may(c.Can)
	for _, r := range *ch.Roles {
		if !slices.Contains(can, r) {
			return fault.Invalidf("companion.role", "This device cannot be that; it can be: %s.", words(can)).WithField("/roles")
		}
	}
	c.Roles = slices.Compact(slices.Sorted(slices.Values(*ch.Roles)))
	return nil
}
