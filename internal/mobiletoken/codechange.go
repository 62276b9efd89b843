package mobiletoken

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Renew makes a new activation code for a token that is not active yet; the former one is
// superseded. One that is active gets one by Redistribute.
func (d *Desk) Renew(ctx context.Context, by audit.Actor, o Order, h Handing) (out Issued, err error) {
	_, err = d.within(ctx, by, o, needProof, func(u *unit) error {
		if u.t.Status == Active || u.t.Status == Blocked {
			return fault.Conflictf("mobiletoken.state", "The token is %s. Redistribute it, if it is to come to another device.", u.t.Status)
		}
		out, err = u.issue(Enroll, h)
		return err
	})
	return out, err
}

// Extend gives the valid code of a token, run out or not, another life from now; never
// beyond activation.max_life from its issue, and activation.max_extend times at most. The
// fault is "mobiletoken.not_extendable".
func (d *Desk) Extend(ctx context.Context, by audit.Actor, o Order) (c Code, err error) {
	_, err = d.within(ctx, by, o, needProof, func(u *unit) error {
		if err := u.offered(); err != nil {
			return err
		}
		a := u.app.Activation
		old, found, err := validCode(u.tx, o.Customer, o.Token)
		if err != nil {
			return err
		}
		ends, last := u.tx.Now.Add(a.Valid), old.Created.Add(a.MaxLife)
		if ends.After(last) {
			ends = last
		}
		var n int64
		if found && ends.After(old.Expires) && ends.After(u.tx.Now) {
			n, err = u.tx.Exec("UPDATE mobile_code SET expires_at = $2, extended = extended + 1 WHERE client_id = $1 AND status = 'valid' AND extended < $3", old.ClientID, ends, a.MaxExtend)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("mobiletoken.not_extendable", "There is no activation code that may be extended: it has ended, or was extended as often and as long as the policies allow. Ask for a new one.")
		}
		if c, _, err = codeOf(u.tx, old.ClientID); err != nil {
			return err
		}
		return u.record(AuditExtended, map[string]any{"client_id": c.ClientID, "expires_at": c.Expires, "extended": c.Extended})
	})
	return c, err
}

// Cancel takes back the activation code of a token, or the key that was never proven. A
// token that was in use stays as it is; one that was not can get a new code.
func (d *Desk) Cancel(ctx context.Context, by audit.Actor, o Order) (Token, error) {
	return d.within(ctx, by, o, needNothing, func(u *unit) error {
		return u.withdraw(Cancelled, "")
	})
}

// withdraw ends what was to give the token to a device.
func (u *unit) withdraw(to CodeStatus, reason string) error {
	there, err := u.drop(to)
	if err != nil {
		return err
	}
	if !there {
		return fault.Conflictf("mobiletoken.nothing_open", "The token has no activation code that could be taken back.")
	}
	if err := u.move(Withdraw, change{reason: reason}); err != nil {
		return err
	}
	return u.record(AuditWithdrawn, map[string]any{"code": to})
}
