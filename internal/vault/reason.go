package vault

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Reason is why a token is suspended.
type Reason string

// Reasons.
const (
	ByCard     Reason = "card"     // its account is blocked
	ByDevice   Reason = "device"   // its device is lost or suspended
	ByCustomer Reason = "customer" // its owner wants it
	ByIssuer   Reason = "issuer"   // the bank does, such as after fraud
	ByApproval Reason = "approval" // its owner has not approved yet that it is there
)

// Cause is one reason, and what it is about: the id of a device, of a case. A cause that is given twice counts once.
type Cause struct {
	Reason Reason
	About  string // at most 60 characters; may be empty
}

func (c Cause) check() error {
	switch c.Reason {
	case ByCard, ByDevice, ByCustomer, ByIssuer, ByApproval:
	default:
		return fault.Invalidf("vault.reason", "Choose a reason: device, customer or issuer.").WithField("/reason")
	}
	if len(c.About) > 60 {
		return fault.Invalidf("vault.reason", "At most 60 characters.").WithField("/about")
	}
	return nil
}

// Activate says that the device holds the token; one that is suspended is active when the last reason is gone. Faults: "vault.token" (NotFound), "vault.state"
// (Conflict: the device said so before, or it is deleted).
func (d *Desk) Activate(ctx context.Context, by audit.Actor, id ident.ID) error {
	return d.write(ctx, func(tx *db.Tx) error { return d.ActivateIn(tx, by, id) })
}

// ActivateIn is [Desk.Activate] in the caller's transaction.
func (d *Desk) ActivateIn(tx *db.Tx, by audit.Actor, id ident.ID) error {
	t, err := needToken(tx, id)
	if err != nil {
		return err
	}
	rows, err := tx.Exec(`UPDATE vault_token SET status = CASE WHEN status = 'inactive' THEN 'active' ELSE status END, ready = 1, changed_at = $2
		WHERE id = $1 AND ready = 0 AND status IN ('inactive', 'suspended')`, id, tx.Now)
	if err != nil {
		return err
	}
	if rows == 0 {
		return stateFault(&t)
	}
	record(tx, by, AuditActivated, t.Customer, id, nil)
	return nil
}

// Suspend takes a token out of use for a reason. Faults: "vault.reason" (Invalid), "vault.token" (NotFound), "vault.state" (Conflict:
// it is deleted).
func (d *Desk) Suspend(ctx context.Context, by audit.Actor, id ident.ID, c Cause) error {
	return d.turn(ctx, by, id, c, d.suspend)
}

// Resume takes one reason away; the token works again when none is left. Without the cause nothing changes. A card's own reason goes with
// [Desk.UnblockAccount] alone. Faults as for Suspend.
func (d *Desk) Resume(ctx context.Context, by audit.Actor, id ident.ID, c Cause) error {
	if c.Reason == ByCard {
		return fault.Invalidf("vault.reason", "The card is blocked: unblock the card.").WithField("/reason")
	}
	return d.turn(ctx, by, id, c, d.resume)
}

func (d *Desk) turn(ctx context.Context, by audit.Actor, id ident.ID, c Cause, act func(*db.Tx, audit.Actor, *Token, Cause) error) error {
	if err := c.check(); err != nil {
		return err
	}
	return d.write(ctx, func(tx *db.Tx) error { return turnIn(tx, by, id, c, act) })
}

func turnIn(tx *db.Tx, by audit.Actor, id ident.ID, c Cause, act func(*db.Tx, audit.Actor, *Token, Cause) error) error {
	t, err := needToken(tx, id)
	if err == nil && t.Status == Deleted {
		err = stateFault(&t)
	}
	if err != nil {
		return err
	}
	return act(tx, by, &t, c)
}

// SuspendIn is [Desk.Suspend] in the caller's transaction.
func (d *Desk) SuspendIn(tx *db.Tx, by audit.Actor, id ident.ID, c Cause) error {
	return turnIn(tx, by, id, c, d.suspend)
}

// ResumeIn is [Desk.Resume] in the caller's transaction.
func (d *Desk) ResumeIn(tx *db.Tx, by audit.Actor, id ident.ID, c Cause) error {
	return turnIn(tx, by, id, c, d.resume)
}

// Delete ends a token for good, and its keys. Faults: "vault.token" (NotFound). One that is deleted stays so.
func (d *Desk) Delete(ctx context.Context, by audit.Actor, id ident.ID, note string) error {
	return d.write(ctx, func(tx *db.Tx) error { return d.DeleteIn(tx, by, id, note) })
}

// DeleteIn is [Desk.Delete] in the caller's transaction.
func (d *Desk) DeleteIn(tx *db.Tx, by audit.Actor, id ident.ID, note string) error {
	t, err := needToken(tx, id)
	if err != nil {
		return err
	}
	return d.deleteToken(tx, by, &t, note)
}

// Lost suspends all tokens of a device, in the transaction that says so; Returned takes that reason away. They touch the device's own tokens
// alone.
func (d *Desk) Lost(tx *db.Tx, by audit.Actor, device ident.ID) error {
	return d.ofDevice(tx, by, device, d.suspend)
}

// Returned is the end of [Desk.Lost].
func (d *Desk) Returned(tx *db.Tx, by audit.Actor, device ident.ID) error {
	return d.ofDevice(tx, by, device, d.resume)
}

// Gone deletes all tokens of a device that never comes back, in the transaction that says so.
func (d *Desk) Gone(tx *db.Tx, by audit.Actor, device ident.ID) error {
	return d.ofDevice(tx, by, device, func(tx *db.Tx, by audit.Actor, t *Token, _ Cause) error { return d.deleteToken(tx, by, t, "device") })
}

func (d *Desk) ofDevice(tx *db.Tx, by audit.Actor, device ident.ID, act func(*db.Tx, audit.Actor, *Token, Cause) error) error {
	all, err := tokensOf(tx, "device", device)
	if err != nil {
		return err
	}
	for i := range all {
		if err := act(tx, by, &all[i], Cause{ByDevice, device.String()}); err != nil {
			return err
		}
	}
	return nil
}

// suspend adds a reason. The token's row is written first and locked by it, so that whoever resumes at the same time sees the reason.
func (d *Desk) suspend(tx *db.Tx, by audit.Actor, t *Token, c Cause) error {
	rows, err := tx.Exec("UPDATE vault_token SET status = 'suspended', changed_at = $2 WHERE id = $1 AND status <> 'deleted'", t.ID, tx.Now)
	if err != nil || rows == 0 {
		return err
	}
	rows, err = tx.Exec("INSERT INTO vault_reason (token, reason, about, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", t.ID, string(c.Reason), c.About, tx.Now)
	if err == nil && rows == 1 {
		record(tx, by, AuditSuspended, t.Customer, t.ID, map[string]any{"reason": c.Reason, "about": c.About})
	}
	return err
}

// resume takes a reason away, and the suspension with the last one.
func (d *Desk) resume(tx *db.Tx, by audit.Actor, t *Token, c Cause) error {
	rows, err := tx.Exec("UPDATE vault_token SET changed_at = $2 WHERE id = $1 AND status = 'suspended'", t.ID, tx.Now)
	if err != nil || rows == 0 {
		return err
	}
	rows, err = tx.Exec("DELETE FROM vault_reason WHERE token = $1 AND reason = $2 AND about = $3", t.ID, string(c.Reason), c.About)
	if err != nil || rows == 0 {
		return err
	}
	back, err := tx.Exec(`UPDATE vault_token SET status = CASE WHEN ready = 1 THEN 'active' ELSE 'inactive' END WHERE id = $1 AND status = 'suspended'
		AND NOT EXISTS (SELECT 1 FROM vault_reason r WHERE r.token = vault_token.id)`, t.ID)
	if err == nil {
		record(tx, by, AuditResumed, t.Customer, t.ID, map[string]any{"reason": c.Reason, "about": c.About, "works": back == 1})
	}
	return err
}

// deleteToken ends a token, its reasons and its grants.
func (d *Desk) deleteToken(tx *db.Tx, by audit.Actor, t *Token, note string) error {
	rows, err := tx.Exec("UPDATE vault_token SET status = 'deleted', changed_at = $2 WHERE id = $1 AND status <> 'deleted'", t.ID, tx.Now)
	if err != nil || rows == 0 {
		return err
	}
	for _, sql := range []string{"DELETE FROM vault_reason WHERE token = $1", "UPDATE vault_grant SET ended_at = $2 WHERE token = $1 AND ended_at IS NULL"} {
		args := []any{t.ID}
		if sql[0] == 'U' {
			args = append(args, tx.Now)
		}
		if _, err := tx.Exec(sql, args...); err != nil {
			return err
		}
	}
	record(tx, by, AuditDeleted, t.Customer, t.ID, map[string]any{"note": note})
	if d.Deleted == nil {
		return nil
	}
	return d.Deleted(tx, t)
}

// Causes lists why a token is suspended, the oldest first.
func (d *Desk) Causes(ctx context.Context, id ident.ID) (all []Cause, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = causes(tx, id)
		return err
	})
	return all, err
}

func causes(tx *db.Tx, token ident.ID) (all []Cause, err error) {
	err = tx.Each("SELECT reason, about FROM vault_reason WHERE token = $1 ORDER BY created_at, reason, about", []any{token}, func(r db.Row) error {
		var c Cause
		err := r.Scan((*string)(&c.Reason), &c.About)
		all = append(all, c)
		return err
	})
	return all, err
}

func stateFault(t *Token) error {
	return fault.Conflictf("vault.state", "This cannot be done with a token that is %s.", t.Status)
}
