package mobiletoken

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// unit is one act on one token, in its transaction. The tokens that its customer has of
// the application are held.
type unit struct {
	d     *Desk
	tx    *db.Tx
	by    audit.Actor
	set   *policy.Set
	app   policy.Application
	known bool // the policies still have the application
	t     Token
	note  map[string]any // the warrant, for records
	said  string         // the reason of the act, until its record has it
}

// within carries an act out on a token, once it is clear that by may order it.
func (d *Desk) within(ctx context.Context, by audit.Actor, o Order, n need, f func(*unit) error) (t Token, err error) {
	set := d.Policies.Active()
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := d.unit(tx, by, set, o.Customer, o.Token)
		if err != nil {
			return err
		}
		if u.note, err = o.entitled(tx, by, n, u.t.Device); err != nil {
			return err
		}
		if err := cooled(tx, set, by, o); err != nil {
			return err
		}
		err = f(u)
		t = u.t
		return err
	})
	return t, err
}

// unit holds a token and reads it.
func (d *Desk) unit(tx *db.Tx, by audit.Actor, set *policy.Set, customer, id ident.ID) (*unit, error) {
	u := &unit{d: d, tx: tx, by: by, set: set}
	t, found, err := Get(tx, customer, id)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, unknown()
	}
	if err := hold(tx, customer, t.Application); err != nil {
		return nil, err
	}
	u.app, u.known = set.Application(t.Application)
	u.t, _, err = Get(tx, customer, id)
	return u, err
}

// other is the unit of another token of the customer, of the same application and in the
// same transaction.
func (u *unit) other(id ident.ID) (*unit, error) {
	o := *u
	o.said = ""
	var found bool
	var err error
	o.t, found, err = Get(u.tx, u.t.Customer, id)
	if err == nil && !found {
		err = unknown()
	}
	return &o, err
}

func unknown() error {
	return fault.NotFoundf("mobiletoken.unknown", "This customer has no such mobile token.")
}

// offered refuses acts that need an application which the policies do not have.
func (u *unit) offered() error {
	if !u.known {
		return noApplication(u.t.Application)
	}
	return nil
}

func noApplication(code string) error {
	return fault.Invalidf("mobiletoken.application", "The policies have no application %q. Register it in the policies first.", code).WithField("/application")
}

// change is what a transition leaves in the row besides the state.
type change struct {
	cause  Cause     // of Block
	until  time.Time // of Block; zero: it does not end by itself
	reason string
}

// move is the compare-and-swap of an act, from the token as it was read.
func (u *unit) move(a Act, c change) error {
	from := u.t.Status
	to, allowed := a.To(from)
	if !allowed {
		return fault.Conflictf("mobiletoken.state", "The token is %s, which does not allow this act (%s).", from, a)
	}
	t := u.t
	if t.Status = to; from != to || a == Block {
		t.BlockedBy, t.Until, t.Reason, t.Changed = c.cause, c.until, c.reason, u.tx.Now
	}
	if a == Archive {
		t.Before = from
	}
	n, err := u.tx.Exec(`UPDATE mobile_token SET status = $4, blocked_by = $5, until_at = $6, before_status = $7, reason = $8, changed_at = $9, version = version + 1
		WHERE customer = $1 AND id = $2 AND version = $3`,
		t.Customer, t.ID, t.version, string(t.Status), string(t.BlockedBy), t.Until, string(t.Before), t.Reason, t.Changed)
	if err == nil && n == 0 {
		err = busy()
	}
	if err == nil {
		t.version++
		u.t, u.said = t, c.reason
	}
	return err
}

func busy() error {
	return fault.Conflictf("mobiletoken.busy", "Somebody else changed this token at the same moment. Please look at it again.")
}

// record leaves the audit record of what was done to the token, and tells its owner. The
// reason is in the record of the act that it was given for, and in no later one.
func (u *unit) record(kind string, details map[string]any) error {
	all := map[string]any{"serial": u.t.Serial, "application": u.t.Application, "status": u.t.Status}
	if u.said != "" {
		all["reason"], u.said = u.said, ""
	}
	for _, more := range []map[string]any{u.note, details} {
		for k, v := range more {
			all[k] = v
		}
	}
	audit.Record(u.tx, audit.Event{Kind: kind, By: u.by, Customer: u.t.Customer, Object: "mobile_token:" + u.t.ID.String(), Details: all})
	if u.d.Tell == nil || !told(kind) {
		return nil
	}
	return u.d.Tell(u.tx, u.by, News{Customer: u.t.Customer, Token: u.t.ID, Serial: u.t.Serial, Name: u.t.Name, Kind: kind, Version: u.t.version})
}

// addDevice adds an installation that is to have a key of the token.
func (u *unit) addDevice() (ident.ID, error) { return newDevice(u.tx, u.d, u.t) }

func newDevice(tx *db.Tx, d *Desk, t Token) (ident.ID, error) {
	x := device.Device{
		ID: ident.New(tx.Now, d.Rand), Kind: device.Mobile, Manufacturer: "mobile", Model: t.Application, Name: t.Name,
		Status: device.Assigned, Customer: t.Customer, Created: tx.Now, Assigned: tx.Now,
	}
	x.Serial = device.Serial(x.ID.String())
	n, err := tx.Exec(device.InsertSQL, x.Row()...)
	if err == nil && n == 0 {
		err = busy()
	}
	return x.ID, err
}

// turn carries out an act on a device of the token, if its state allows it.
func (u *unit) turn(id ident.ID, c device.Change) error {
	x, found, err := device.Get(u.tx, id)
	if err != nil || !found {
		return err
	}
	if _, allowed := c.Act.To(x.Status); !allowed {
		return nil
	}
	done, err := x.Change(u.tx, c)
	if err == nil && !done {
		err = busy()
	}
	return err
}
