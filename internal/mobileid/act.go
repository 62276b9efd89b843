package mobileid

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/ota/applet"
)

// order runs an act on a mobile ID whose warrant holds.
func (d *Desk) order(ctx context.Context, by audit.Actor, o Order, n need, act func(u *unit, reason string) error) (m MobileID, err error) {
	reason, err := readReason(by, o.Reason)
	if err != nil {
		return m, err
	}
	set := d.Policies.Active()
	err = d.DB.Settle(ctx, o.Customer, func(tx *db.Tx) error {
		u, err := d.unit(tx, by, set, o.Customer, o.Mobile)
		if err != nil {
			return err
		}
		if u.note, err = warranted(tx, by, o.Customer, o.Proof, n); err != nil {
			return err
		}
		err = act(u, reason)
		m = u.m
		return err
	})
	return m, err
}

// Suspend takes a mobile ID out of use for a while: its certificates are on hold, and what was asked
// of the phone ends. One that is suspended for another cause is held for this one, too. It needs no proof
// of customers; staff say why. Faults: "mobileid.none" (NotFound), "mobileid.state" (Conflict).
func (d *Desk) Suspend(ctx context.Context, by audit.Actor, o Order) (MobileID, error) {
	return d.order(ctx, by, o, needNothing, func(u *unit, reason string) error {
		cause := ByStaff
		if by.Kind == audit.CustomerKind || o.Proof != nil {
			cause = ByOwner
		}
		if u.m.State != StateActive && u.m.State != StateSuspended {
			return u.impossible(Suspend)
		}
		held, err := u.hold(cause, reason)
		if err == nil && !held {
			err = u.impossible(Suspend)
		}
		return err
	})
}

// Resume ends one cause of a suspension, and with the last one the suspension: the mobile ID that it returns
// may be suspended still. Customers take back what they have done themselves, under a proof; staff
// identify the customer, and say which cause ends (Order.Hold) when there are several. After another card
// took the number only Reregister ends that. Faults as of Suspend, "mobileid.help_desk" (Denied),
// "mobileid.other_card", "mobileid.holds" (Conflict).
func (d *Desk) Resume(ctx context.Context, by audit.Actor, o Order) (MobileID, error) {
	return d.order(ctx, by, o, needProof, func(u *unit, reason string) error {
		c, err := u.releasable(by, o)
		if err != nil {
			return err
		}
		return u.release(c, reason)
	})
}

// Revoke ends a mobile ID for good: its certificates are revoked, and the card is told to erase the
// keys. Customers give a proof; staff say why. Faults as of Suspend.
func (d *Desk) Revoke(ctx context.Context, by audit.Actor, o Order) (MobileID, error) {
	n := needNothing
	if by.Kind == audit.CustomerKind {
		n = needProof
	}
	return d.order(ctx, by, o, n, func(u *unit, reason string) error { return u.revoke(reason) })
}

func (u *unit) revoke(reason string) error {
	if err := u.withdraw(); err != nil {
		return err
	}
	if err := u.endKeys(Cessation, true); err != nil {
		return err
	}
	if err := u.move(Revoke, change{reason: reason}); err != nil {
		return err
	}
	if err := u.unhold(); err != nil {
		return err
	}
	if err := u.turn(device.Retire, "revoked"); err != nil {
		return err
	}
	return u.record(AuditRevoked, nil)
}

// eachLive runs f for every key that has a certificate.
func (u *unit) eachLive(f func(key) error) error {
	all, err := keysOf(u.tx, u.m.Customer, u.m.ID)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.State != keyLive {
			continue
		}
		if err := f(k); err != nil {
			return err
		}
	}
	return nil
}

// endKeys ends all keys: their certificates are revoked, and the card is told to erase what it has made.
func (u *unit) endKeys(why RevocationReason, erase bool) error {
	if err := u.eachLive(func(k key) error { return u.d.CA.Revoke(u.tx, u.by, k.Serial, why) }); err != nil {
		return err
	}
	all, err := keysOf(u.tx, u.m.Customer, u.m.ID)
	if err != nil {
		return err
	}
	if _, err := u.tx.Exec("UPDATE mobile_id_key SET state = 'ended', ended_at = $3 WHERE customer = $1 AND mobile = $2 AND state <> 'ended'", u.m.Customer, u.m.ID, u.tx.Now); err != nil {
		return err
	}
	for _, k := range all {
		if !erase || k.Card != u.m.Card {
			continue
		}
		if err := u.tell(Erasing, applet.Command{Kind: applet.Erase, Role: k.Role}); err != nil {
			return err
		}
	}
	return nil
}

// withdraw ends everything that is asked of the number, and takes it off the screen.
func (u *unit) withdraw() error {
	return u.tx.Each("SELECT "+transactionColumns+" FROM mobile_id_request WHERE number = $1 AND status IN ('asked', 'delivered', 'signed') AND kind IN ('sign', 'generate', 'renew', 'unblock')",
		[]any{u.m.tag}, func(r db.Row) error {
			var t Transaction
			if err := r.Scan(t.dest()...); err != nil {
				return err
			}
			return u.d.withdraw(u.tx, u.by, &t, Suspension)
		})
}

// withdraw ends a transaction, and takes it off the screen. One whose time is over has ended already.
func (d *Desk) withdraw(tx *db.Tx, by audit.Actor, t *Transaction, why Reason) error {
	if t.At(tx.Now) == TimedOut {
		return d.expire(tx, t, d.Policies.Active().MobileID)
	}
	sent := t.Status.Waiting() && t.Withheld == "" && !t.message.IsZero()
	moved, err := d.move(tx, t, Withdrawn, outcome{reason: why, tries: -1})
	if err != nil || !moved {
		return err
	}
	d.ended(tx, by, *t)
	m, found, err := Get(tx, t.Customer, t.Mobile)
	if err != nil || !found || !sent {
		return err
	}
	if err := d.Cards.Drop(tx, t.message); err != nil {
		return err
	}
	c := applet.Command{Kind: applet.Cancel, Transaction: t.code}
	data, err := c.Append(nil)
	if err != nil {
		return err
	}
	card, usable, err := d.Cards.Card(tx, m.Card)
	if err != nil || !usable || !card.Usable {
		return err
	}
	_, err = d.Cards.Send(tx, Packet{Card: m.Card, Customer: t.Customer, Kind: "cancel", Data: data, Expires: t.Expires.Add(keepErase)})
	return err
}
