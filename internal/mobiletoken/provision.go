package mobiletoken

import (
	"context"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Provisioned is a run that has succeeded: the device has a key by now.
type Provisioned struct {
	ClientID   string
	Key        keyring.Secret // that was provisioned (K_TOKEN), 16–64 bytes
	KeyID      string         // its name in the key package, which no other key has had; "" when the phone gets none
	Moved      bool           // it is the Move of the attempt
	Model      string         // of the phone, as it says; may be empty
	AppVersion string         // as it says; may be empty
	Session    Session        // with the last answer in its body, Finished
	New        bool           // the session has no row yet, as of a run in two passes
}

// Provision uses an activation code up and keeps the key that the device has got beside
// what is in use, until its owner proves to have it ([Desk.Confirm]; RFC 6063, section
// 10.5). Code, key and the last answer are one transaction: either none is stored, and
// the device may try again, or all are, and the answer can be sent again as it was. Of two
// devices with one code, one is provisioned; done is false for the other, and for a
// code that ended meanwhile.
func (d *Desk) Provision(ctx context.Context, p Provisioned) (t Token, done bool, err error) {
	if len(p.Key) < 16 || len(p.Key) > 64 {
		return t, false, fmt.Errorf("mobiletoken: a key of %d bytes; it must be 16 to 64", len(p.Key))
	}
	by := audit.System("provisioning")
	set := d.Policies.Active()
	err = d.DB.Settle(ctx, codeRow(p.ClientID), func(tx *db.Tx) error {
		done = false
		c, found, err := codeOf(tx, p.ClientID)
		if err != nil || !found {
			return err
		}
		u, err := d.unit(tx, by, set, c.Customer, c.Token)
		if err != nil {
			return err
		}
		if c, _, err = codeOf(tx, p.ClientID); err != nil || !u.known || c.RunOut(tx.Now) {
			return err
		}
		if _, err := customer.Usable(tx, c.Customer); err != nil {
			return err
		}
		if won, err := c.end(tx, Used); err != nil || !won {
			return err
		}
		if err := u.redeem(c, p); err != nil {
			return err
		}
		t, done = u.t, true
		return nil
	})
	return t, done && err == nil, err
}

func (u *unit) redeem(c Code, p Provisioned) error {
	var err error
	if p.Model, err = readText(p.Model, "model", 80); err != nil {
		p.Model = "" // what a device says of itself refuses nothing
	}
	if p.AppVersion, err = readText(p.AppVersion, "app_version", 40); err != nil {
		p.AppVersion = ""
	}
	if err := u.move(Redeem, change{}); err != nil {
		return err
	}
	if err := u.pend(c.device, p); err != nil {
		return err
	}
	p.Session.Finished, p.Session.ClientID = true, p.ClientID
	store := u.d.advance
	if p.New {
		store = u.d.openSession
	}
	if stored, err := store(u.tx, p.Session); err != nil || !stored {
		if err == nil {
			err = overtaken()
		}
		return err
	}
	return u.record(AuditRedeemed, map[string]any{"client_id": c.ClientID, "purpose": c.Purpose, "device": c.device})
}
