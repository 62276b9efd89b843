package mobiletoken

import (
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/device"
)

// activate makes the pending keys those in use.
func (u *unit) activate(x compared, k Key) (Reason, error) {
	moving, migrating, err := migrationTo(u.tx, u.t.Customer, u.t.ID)
	if err != nil {
		return "", err
	}
	if migrating {
		if possible, err := u.replace(moving); err != nil || !possible {
			return orRefused(err, func() (Reason, error) { return u.refuse(NotPossible) })
		}
	}
	was, old := u.t.Status, u.t.Device
	if err := u.take(x, k); err != nil {
		return "", err
	}
	if err := u.move(Activate, change{}); err != nil {
		return "", err
	}
	if _, err := tries.Clear(u.tx, u.t.Customer, u.t.ID); err != nil {
		return "", err
	}
	if err := u.enroll(was != Provisioning); err != nil {
		return "", err
	}
	switch {
	case migrating:
		return Accepted, u.record(AuditMigrated, map[string]any{"from": moving.Old, "keep_serial": moving.KeepSerial})
	case was != Provisioning:
		return Accepted, u.record(AuditRedistributed, map[string]any{"from_device": old, "to_device": k.Device, "same_key": k.moved, "was": was})
	}
	return Accepted, u.record(AuditActivated, map[string]any{"device": k.Device})
}

func orRefused(err error, f func() (Reason, error)) (Reason, error) {
	if err != nil {
		return "", err
	}
	return f()
}

// take puts the pending keys in the place of those in use, and the device that has them in
// the place of the former one.
func (u *unit) take(x compared, k Key) error {
	if _, err := u.tx.Exec("DELETE FROM mobile_key WHERE customer = $1 AND token = $2 AND state <> 'pending'", u.t.Customer, u.t.ID); err != nil {
		return err
	}
	if _, err := u.tx.Exec("UPDATE mobile_key SET state = 'live', expires_at = NULL WHERE customer = $1 AND token = $2 AND state = 'pending'", u.t.Customer, u.t.ID); err != nil {
		return err
	}
	if _, err := u.tx.Exec("UPDATE mobile_key SET next_value = $3, drift = $4, uses = 1, used_at = $5 WHERE customer = $1 AND id = $2", u.t.Customer, k.ID, x.value+1, x.drift, u.tx.Now); err != nil {
		return err
	}
	if given, err := device.Assign(u.tx, k.Device, u.t.Customer, 0); err != nil || !given {
		return orBusy(err)
	}
	if old := u.t.Device; old != k.Device {
		if err := u.turn(old, device.Change{Act: device.Replace, By: k.Device, Note: "redistributed"}); err != nil {
			return err
		}
	}
	u.t.Device, u.t.Model, u.t.AppVersion = k.Device, k.model, k.appVersion
	_, err := u.tx.Exec("UPDATE mobile_token SET device = $3, model = $4, app_version = $5 WHERE customer = $1 AND id = $2", u.t.Customer, u.t.ID, k.Device, k.model, k.appVersion)
	return err
}

func orBusy(err error) error {
	if err != nil {
		return err
	}
	return busy()
}

// enroll gives the customer the policies that the token serves. After a redistribution their
// failure counters begin anew: what was guessed at is no more.
func (u *unit) enroll(anew bool) error {
	for _, code := range u.app.Policies {
		p, known := u.set.Policy(code)
		if !known {
			continue
		}
		if err := authenticator.Enroll(u.tx, u.by, u.t.Customer, p); err != nil {
			return err
		}
		if anew {
			if err := authenticator.Renewed(u.tx, u.t.Customer, code); err != nil {
				return err
			}
		}
	}
	return nil
}
