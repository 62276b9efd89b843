package mobiletoken

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Rename sets what the owner calls a token, at most 60 characters.
func (d *Desk) Rename(ctx context.Context, by audit.Actor, o Order, name string) (Token, error) {
	name, err := readText(name, "name", 60)
	if err != nil {
		return Token{}, err
	}
	return d.within(ctx, by, o, needNothing, func(u *unit) error {
		if u.t.Status == Archived {
			return fault.Conflictf("mobiletoken.state", "An archived token keeps its name.")
		}
		if _, err := u.tx.Exec("UPDATE mobile_token SET name = $3 WHERE customer = $1 AND id = $2", o.Customer, o.Token, name); err != nil {
			return err
		}
		if _, err := device.Rename(u.tx, u.t.Device, o.Customer, name); err != nil {
			return err
		}
		u.t.Name = name
		return u.record(AuditRenamed, nil)
	})
}

// Block takes an active token out of use at once; staff and applications say why. A block
// by staff takes the place of one by the owner. What was to bring the token to another device
// ends with it: a migration, a redistribution. Whoever blocks the last token that the
// customer can use must be Warned. until ends the block by itself; zero: it does not.
func (d *Desk) Block(ctx context.Context, by audit.Actor, o Order, until time.Time) (Token, error) {
	reason, err := reasonOf(by, o)
	if err != nil {
		return Token{}, err
	}
	cause := ByOperator
	if by.Kind == audit.CustomerKind {
		cause = ByUser
	}
	return d.within(ctx, by, o, needNothing, func(u *unit) error {
		if err := u.guardLast(o); err != nil {
			return err
		}
		return u.block(change{cause: cause, until: until, reason: reason})
	})
}

// block takes the token out of use.
func (u *unit) block(c change) error {
	if u.t.Status == Blocked && c.cause.rank() <= u.t.BlockedBy.rank() {
		return fault.Conflictf("mobiletoken.state", "The token is blocked already.")
	}
	if !c.until.IsZero() && !c.until.After(u.tx.Now) {
		return fault.Invalidf("mobiletoken.until", "The end of a block lies in the future.").WithField("/until")
	}
	if err := u.move(Block, c); err != nil {
		return err
	}
	// The rows that codes are spent in are written too: a code that is being spent comes
	// before the block, or not at all.
	if _, err := u.tx.Exec("UPDATE mobile_key SET state = 'off' WHERE customer = $1 AND token = $2 AND state = 'live'", u.t.Customer, u.t.ID); err != nil {
		return err
	}
	if err := u.turn(u.t.Device, device.Change{Act: device.Suspend, Note: string(c.cause)}); err != nil {
		return err
	}
	if _, err := u.drop(Cancelled); err != nil {
		return err
	}
	if err := u.stopMigration("blocked"); err != nil {
		return err
	}
	return u.record(AuditBlocked, map[string]any{"by": c.cause, "until": c.until})
}

// stopMigration abandons the migration of which the token is the old one.
func (u *unit) stopMigration(why string) error {
	m, found, err := migrationFrom(u.tx, u.t.Customer, u.t.ID)
	if err != nil || !found {
		return err
	}
	return u.abandon(m, why)
}

// Enable sets a blocked token going again. Customers do it with a proof by another device,
// and not when staff have blocked it; others with an identification, which settles what links of
// former notices would stop.
func (d *Desk) Enable(ctx context.Context, by audit.Actor, o Order) (Token, error) {
	reason, err := readText(o.Reason, "reason", 200)
	if err != nil {
		return Token{}, err
	}
	return d.within(ctx, by, o, needOther, func(u *unit) error {
		if by.Kind == audit.CustomerKind && u.t.BlockedBy == ByOperator {
			return fault.Deniedf("mobiletoken.help_desk", "Your bank has blocked this token. Please call the help desk.")
		}
		if _, err := customer.Usable(u.tx, o.Customer); err != nil {
			return err
		}
		if err := u.enable(reason, true); err != nil {
			return err
		}
		return u.settle()
	})
}

// settle ends the links of all notices so far (Disown), when somebody other than the owner sets
// the token going again. The notice of that act itself is of the same moment, and keeps its link.
func (u *unit) settle() error {
	if u.by.Kind == audit.CustomerKind {
		return nil
	}
	_, err := u.tx.Exec("UPDATE mobile_token SET settled_at = $3 WHERE customer = $1 AND id = $2", u.t.Customer, u.t.ID, u.tx.Now)
	u.t.settled = u.tx.Now
	return err
}

// enable sets the token going; anew forgets the wrong answers that it gave.
func (u *unit) enable(reason string, anew bool) error {
	if err := u.move(Enable, change{reason: reason}); err != nil {
		return err
	}
	if _, err := u.tx.Exec("UPDATE mobile_key SET state = 'live' WHERE customer = $1 AND token = $2 AND state = 'off'", u.t.Customer, u.t.ID); err != nil {
		return err
	}
	if anew {
		if _, err := tries.Clear(u.tx, u.t.Customer, u.t.ID); err != nil {
			return err
		}
	}
	if err := u.turn(u.t.Device, device.Change{Act: device.Resume}); err != nil {
		return err
	}
	return u.record(AuditEnabled, nil)
}

// Archive ends a token for good: its keys are destroyed. Customers give a proof; they
// must be Warned to archive the token that gave it, or the last one that can be used. Staff
// and applications say why.
func (d *Desk) Archive(ctx context.Context, by audit.Actor, o Order) (Token, error) {
	reason, err := reasonOf(by, o)
	if err != nil {
		return Token{}, err
	}
	n := needProof
	if by.Kind != audit.CustomerKind {
		n = needNothing
	}
	return d.within(ctx, by, o, n, func(u *unit) error {
		if o.fromItself(u.t.Device) && !o.Warned {
			return fault.Conflictf("mobiletoken.itself", "This is the token that has just given its code. Say that you know.")
		}
		if err := u.guardLast(o); err != nil {
			return err
		}
		if err := u.archive(reason); err != nil {
			return err
		}
		return u.record(AuditArchived, nil)
	})
}

// archive ends the token, and with it whatever was to come of it.
func (u *unit) archive(reason string) error {
	if _, err := u.drop(Cancelled); err != nil {
		return err
	}
	if err := u.stopMigration("archived"); err != nil {
		return err
	}
	if m, found, err := migrationTo(u.tx, u.t.Customer, u.t.ID); err != nil {
		return err
	} else if found {
		if err := u.finish(m, MigrationAbandoned); err != nil {
			return err
		}
	}
	if err := u.move(Archive, change{reason: reason}); err != nil {
		return err
	}
	if _, err := u.tx.Exec("DELETE FROM mobile_key WHERE customer = $1 AND token = $2", u.t.Customer, u.t.ID); err != nil {
		return err
	}
	if err := u.turn(u.t.Device, device.Change{Act: device.Retire, Note: reason}); err != nil {
		return err
	}
	return u.t.release(u.tx)
}

// guardLast refuses to take the last token out of use that the customer has, hardware
// tokens included, unless whoever asks knows it. Until the transaction ends nobody else can
// take another one out of use.
func (u *unit) guardLast(o Order) error {
	d, found, err := device.Get(u.tx, u.t.Device)
	if err != nil || !found || !d.Usable(u.tx.Now) {
		return err
	}
	left := int64(-1)
	for _, kind := range []device.Kind{device.Token, device.Mobile} {
		n, err := device.HoldUsable(u.tx, kind, o.Customer)
		if err != nil {
			return err
		}
		left += n
	}
	if left > 0 || o.Warned {
		return nil
	}
	return fault.Conflictf("mobiletoken.last", "This is the last token that the customer can use. Enroll another one first, or say that you know.")
}

// reasonOf reads the reason of an act that staff and applications must give one for.
func reasonOf(by audit.Actor, o Order) (string, error) {
	reason, err := readText(o.Reason, "reason", 200)
	if err == nil && reason == "" && by.Kind != audit.CustomerKind {
		err = fault.Invalidf("mobiletoken.reason", "Say why, in 1 to 200 characters that can be shown.").WithField("/reason")
	}
	return reason, err
}
