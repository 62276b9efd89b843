package registration

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// Token checks a serial number and reserves the token for the registration
// (F-4.1.6–7). Another serial number replaces the first.
func (d *Desk) Token(ctx context.Context, by audit.Actor, handle, serial string) (out Registration, err error) {
	if device.Serial(serial) == "" {
		return out, fault.Invalidf("registration.serial_form", "Please enter the serial number as it stands on the token.").WithField("serial")
	}
	out, err = d.again(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
		return d.reserve(tx, by, r, serial, set)
	})
	if db.IsUnique(err) { // another customer reserved it in the same moment
		return d.step(ctx, handle, func(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
			return d.refuse(tx, by, r, AuditNoToken, TokenReserved, set)
		})
	}
	return out, err
}

// again is step for acts that find out what the registration has become when it
// changed under them: on another node, or because its code was taken back.
func (d *Desk) again(ctx context.Context, handle string, f func(*db.Tx, row, *policy.Set) (Registration, error)) (out Registration, err error) {
	const looks = 4
	for range looks {
		if out, err = d.step(ctx, handle, f); !errors.Is(err, errRace) {
			return out, err
		}
	}
	return out, fault.Conflictf("registration.busy", "Too much happens to this registration at once. Please try again.").WithCause(err)
}

// step runs one step of an open registration in a settling transaction.
func (d *Desk) step(ctx context.Context, handle string, f func(*db.Tx, row, *policy.Set) (Registration, error)) (out Registration, err error) {
	customerID, id, ok := d.handles.Open(handle)
	if !ok {
		return out, fault.NotFoundf("registration.unknown", "There is no such registration. Begin again with the activation code.")
	}
	set := d.policies.Active()
	err = d.db.Settle(ctx, customerID, func(tx *db.Tx) error {
		r, found, err := load(tx, customerID, id)
		switch {
		case err != nil:
			return err
		case !found:
			return fault.NotFoundf("registration.unknown", "There is no such registration. Begin again with the activation code.")
		case !r.open(tx.Now):
			out, err = d.describe(tx, r, set)
			out.Refused = Over
			return err
		}
		out, err = f(tx, r, set)
		return err
	})
	if err != nil {
		return Registration{}, err // what was decided in a unit that was rolled back is nobody's to see
	}
	return out, nil
}

func (d *Desk) reserve(tx *db.Tx, by audit.Actor, r row, serial string, set *policy.Set) (Registration, error) {
	if p, _ := set.Policy(r.policy); len(steps(set, p)) > 0 {
		return Registration{}, fault.Conflictf("registration.no_token_steps", "This registration has no token: go on with the step that is awaited.")
	}
	claimed, err := tries.Claim(tx, set.Registration.TokenTries, r.customer, r.code)
	if err != nil {
		return Registration{}, err
	}
	if !claimed {
		return d.refuseClosed(tx, by, r, AuditNoToken, set)
	}
	dev, reason, err := d.pick(tx, r, serial, set)
	if err != nil {
		return Registration{}, err
	}
	if reason != Accepted {
		return d.refuse(tx, by, r, AuditNoToken, reason, set)
	}
	// A right serial number clears nothing: it is no secret, and the attempt that
	// it cost is given back by the right secure code.
	key, _, err := token.CodeKey(tx, dev.ID)
	if err != nil {
		return Registration{}, err
	}
	question := ""
	if key.Algorithm == token.OCRA {
		p, _ := set.Policy(r.policy)
		question = authenticator.Digits(key.QuestionLength(p.Challenge.Length), d.random)
	}
	if moved, err := r.move(tx, Reserved, dev.ID, question); err != nil || !moved {
		return Registration{}, orRace(err)
	}
	r.record(tx, AuditReserved, by, map[string]any{"device": dev.ID, "serial": dev.Serial})
	return d.describe(tx, r, set)
}

// pick finds the one token in stock with the serial number that fits.
func (d *Desk) pick(tx *db.Tx, r row, serial string, set *policy.Set) (device.Device, Reason, error) {
	all, err := device.BySerial(tx, serial)
	if err != nil || len(all) == 0 {
		return device.Device{}, UnknownSerial, err
	}
	var fit []device.Device
	reason := UnknownSerial
	for _, dev := range all {
		why, err := d.fits(tx, r, dev, set)
		if err != nil {
			return dev, "", err
		}
		if why == Accepted {
			fit = append(fit, dev)
		} else {
			reason = why
		}
	}
	switch len(fit) {
	case 0:
		return device.Device{}, reason, nil
	case 1:
		return fit[0], Accepted, nil
	}
	return device.Device{}, TokenAmbiguous, nil
}

func (d *Desk) fits(tx *db.Tx, r row, dev device.Device, set *policy.Set) (Reason, error) {
	model, _ := set.Model(dev.Model)
	switch {
	case dev.Kind != device.Token || dev.Status != device.Stock && (dev.Status != device.Assigned || dev.Customer != r.customer):
		return TokenTaken, nil
	case dev.Expired(tx.Now) || dev.Starts.After(tx.Now):
		return TokenExpired, nil
	case !model.Serves(r.policy):
		return TokenModel, nil
	}
	key, found, err := token.CodeKey(tx, dev.ID)
	switch {
	case err != nil:
		return "", err
	case !found:
		return TokenModel, nil
	case key.Starts.After(tx.Now) || !key.Expires.IsZero() && tx.Now.After(key.Expires):
		return TokenExpired, nil
	case key.ResyncFirst:
		return TokenResync, nil
	}
	// A reservation that has run out ends here, whoever held it.
	if _, err := tx.Exec(`UPDATE registration SET state = 'abandoned', ended_at = $2
		WHERE device = $1 AND state = 'reserved' AND expires_at < $2`, dev.ID, tx.Now); err != nil {
		return "", err
	}
	var others int
	err = tx.Row("SELECT COUNT(*) FROM registration WHERE device = $1 AND state = 'reserved' AND NOT (customer = $2 AND id = $3)",
		dev.ID, r.customer, r.id).Scan(&others)
	if err == nil && others > 0 {
		return TokenReserved, nil
	}
	return Accepted, err
}

// refuse records a refused step; the registration stays where it is.
func (d *Desk) refuse(tx *db.Tx, by audit.Actor, r row, kind string, reason Reason, set *policy.Set) (Registration, error) {
	r.record(tx, kind, by, map[string]any{"reason": reason})
	out, err := d.describe(tx, r, set)
	out.Refused = reason
	return out, err
}

// refuseClosed is refuse for a step that could not be claimed: the attempts are
// used up, or the activation code was spent or taken back.
func (d *Desk) refuseClosed(tx *db.Tx, by audit.Actor, r row, kind string, set *policy.Set) (Registration, error) {
	reason := BlockedCode
	code, found, err := codeByID(tx, r.customer, r.code)
	if err != nil {
		return Registration{}, err
	}
	if !found || code.Status != Valid {
		reason = Over
	}
	return d.refuse(tx, by, r, kind, reason, set)
}

// describe tells what the caller needs for the next step.
func (d *Desk) describe(tx *db.Tx, r row, set *policy.Set) (Registration, error) {
	out := Registration{Handle: d.handles.Seal(r.customer, r.id), State: r.state, Expires: r.expires}
	if err := d.outline(tx, r, set, &out); err != nil {
		return out, err
	}
	if r.open(tx.Now) || r.state == Done {
		if r.device.IsZero() {
			return out, nil
		}
		dev, _, err := device.Get(tx, r.device)
		if err != nil {
			return out, err
		}
		key, _, err := token.CodeKey(tx, r.device)
		model, _ := set.Model(dev.Model)
		out.Token = &Token{
			Serial: dev.Serial, Model: dev.Model, ModelName: model.Name, Digits: key.Digits, Question: r.question,
			ChoosePIN: key.ChoosesPIN(), PINTyped: key.PINMode.Typed() && key.HasPIN(),
			PINMin: max(set.Registration.PINLength, key.PINMin),
		}
		return out, err
	}
	out.State = Abandoned
	return out, nil
}
