package token

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// errState says that a token is not in a state that allows an act, or that it was
// changed by somebody else since it was read.
func errState(d device.Device, a device.Act) error {
	if _, allowed := a.To(d.Status); allowed && d.ReplacedBy.IsZero() {
		return fault.Conflictf("token.changed", "Somebody else has changed this token in the same moment. Look at it again.")
	}
	if !d.ReplacedBy.IsZero() {
		return fault.Conflictf("token.replaced", "Another token has taken the place of this one.")
	}
	return fault.Conflictf("token.state", "This token is %s; that does not allow this act. Somebody else may have been first: look at it again.", d.Status)
}

// do carries an act out in the transaction that has read d; more goes into the
// audit record. When it answers with a Conflict nothing was changed, so that a bulk
// act can go on.
func (c *Care) do(tx *db.Tx, by audit.Actor, o Order, d device.Device, ch device.Change, more map[string]any) (Effect, error) {
	before, err := c.hold(tx, &d)
	if err != nil {
		return Effect{}, err
	}
	if err := o.still(tx, by, d); err != nil {
		return Effect{}, err
	}
	usable := d.Usable(tx.Now)
	to, _ := ch.Act.To(d.Status)
	if usable && to != device.Active && before <= 1 && !o.EvenLast {
		return Effect{}, fault.Conflictf("token.last", "This is the customer's last token that can be used. Replace it, or say that the customer is to be left without one.").WithField("/even_last")
	}
	done, err := d.Change(tx, ch)
	if err != nil {
		return Effect{}, err
	}
	if !done {
		return Effect{}, errState(d, ch.Act)
	}
	if err := c.follow(tx, d, ch.Act); err != nil {
		return Effect{}, err
	}
	out := Effect{Left: before}
	if out.Device, _, err = device.Get(tx, d.ID); err != nil {
		return Effect{}, err
	}
	switch now := out.Device.Usable(tx.Now); {
	case usable && !now:
		out.Left--
	case !usable && now:
		out.Left++
	}
	o.record(tx, by, d, ch, out, more)
	return out, nil
}

// hold keeps the usable tokens of d's owner from being taken out of use by anybody
// else, counts them, and reads d again: whoever was first has committed by then.
func (c *Care) hold(tx *db.Tx, d *device.Device) (usable int64, err error) {
	if d.Customer.IsZero() {
		return 0, nil
	}
	if usable, err = device.HoldUsable(tx, device.Token, d.Customer); err != nil {
		return 0, err
	}
	now, found, err := device.Get(tx, d.ID)
	if err != nil {
		return 0, err
	}
	if !found || now.Customer != d.Customer || now.Status != d.Status {
		return 0, fault.Conflictf("token.changed", "Somebody else has changed this token in the same moment. Look at it again.")
	}
	*d = now
	return usable, nil
}

// follow does what an act means for the inside of a token.
func (c *Care) follow(tx *db.Tx, d device.Device, a device.Act) error {
	switch a {
	case device.Return:
		if err := c.forgetOwner(tx, d.ID); err != nil {
			return err
		}
	case device.Retire:
		if err := endHandover(tx, d.ID); err != nil {
			return err
		}
	case device.Lose: // a successor of it may be on its way, and may come
		_, err := tx.Exec("DELETE FROM token_handover WHERE device = $1", d.ID)
		return err
	default:
		return nil
	}
	for _, f := range c.forget {
		if err := f(tx, d.ID); err != nil {
			return err
		}
	}
	return nil
}
