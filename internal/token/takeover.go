package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// AuditMovedIn is the kind of the audit record of a token that came with its owner
// from another server.
const AuditMovedIn = "token.moved_in"

// Legacy is what the server that a bank leaves knows of a token that somebody has.
type Legacy struct {
	Serial       string
	Manufacturer string         // "" where the serial number is enough
	Name         string         // what its owner calls it; may be empty
	Counter      *int64         // of the next secure code, as the token counts; nil: not known
	SignCounter  *int64         // of the next signature; nil: not known
	Drift        *time.Duration // of its clock; positive: ahead; nil: not known
	PIN          string         // that is typed with its codes, or enters them; "" for none
	Expires      time.Time      // end of its life; zero: as the import of its keys said
}

// Refusal says why something of another server cannot be taken over: a stable code
// for programs, and a reason for people. The zero value is no refusal.
type Refusal struct{ Code, Reason string }

// Refusals of tokens.
const (
	RefusedMissing   = "token_missing"      // it is not here
	RefusedAmbiguous = "token_ambiguous"    // several makes have this serial number
	RefusedTaken     = "token_taken"        // somebody else has it
	RefusedState     = "token_state"        // lost, retired, blocked, expired …
	RefusedModel     = "token_model"        // its model serves no policy
	RefusedCounter   = "token_counter"      // missing, or below the one that is known
	RefusedClock     = "token_clock"        // off by more than the policies allow
	RefusedPIN       = "token_pin"          // missing, or malformed
	RefusedName      = "token_name"         // malformed
	RefusedKeys      = "token_several_keys" // more event counters than the file can name
)

func refused(code, reason string, args ...any) Refusal {
	return Refusal{code, fmt.Sprintf(reason, args...)}
}

// Takeover is a token as it is to be from now on. Get one from Tokens.Inspect.
type Takeover struct {
	Device device.Device // as it is, in stock
	Theirs bool          // it is the customer's already: nothing is to be done
	legacy Legacy
	model  policy.Model
	keys   []Key // as they are to be; those that do not change are left out
	pin    string
}

// ErrTaken says that somebody else was faster than a takeover: its transaction must
// not commit, and can be tried again.
var ErrTaken = errors.New("token: somebody else was first")

// Inspect says what a takeover by customer (zero: one who is not here yet) would do, or why it is refused. It
// changes nothing. A token must be in stock. Its counter must be known, and is never
// below the one that is known here: codes that were spent at the other server would be accepted again.
func (t *Tokens) Inspect(tx *db.Tx, customer ident.ID, l Legacy, set *policy.Set) (o Takeover, r Refusal, err error) {
	o.legacy = l
	d, n, err := named(tx, Named{Serial: device.Serial(l.Serial), Manufacturer: l.Manufacturer})
	o.Device = d
	switch {
	case err != nil:
		return o, r, err
	case n == 0:
		return o, refused(RefusedMissing, "the token is not here: import its keys first, with countersign token import"), nil
	case n > 1:
		return o, refused(RefusedAmbiguous, "several makes have this serial number: name the manufacturer"), nil
	case !d.Customer.IsZero() && d.Customer == customer:
		o.Theirs = true
		return o, r, nil
	case !d.Customer.IsZero():
		return o, refused(RefusedTaken, "the token is another customer's"), nil
	case d.Status != device.Stock:
		return o, refused(RefusedState, "the token is %s", d.Status), nil
	}
	if r = l.ends(d, tx.Now); r != (Refusal{}) {
		return o, r, nil
	}
	name, ok := readText(l.Name, 60)
	if o.legacy.Name = name; !ok {
		return o, refused(RefusedName, "the token's name has more than 60 characters, or some that cannot be shown"), nil
	}
	o.model, _ = set.Model(d.Model)
	served, err := Served(tx, d, set)
	if err != nil {
		return o, r, err
	}
	if len(served) == 0 {
		return o, refused(RefusedModel, "the token's model %q serves no policy", d.Model), nil
	}
	keys, err := KeysOf(tx, d.ID)
	if err != nil {
		return o, r, err
	}
	return o, o.plan(keys, served, tx.Now), nil
}

// ends refuses a token whose life is over.
func (l Legacy) ends(d device.Device, now time.Time) Refusal {
	switch {
	case d.Expired(now):
		return refused(RefusedState, "the token's life is over since %s", d.Expires.Format(time.DateOnly))
	case !l.Expires.IsZero() && !l.Expires.After(now):
		return refused(RefusedState, "the token's life is over since %s", l.Expires.Format(time.DateOnly))
	case !l.Expires.IsZero() && l.Expires.Sub(now) > longest:
		return refused(RefusedState, "the end of the token's life is more than thirty years away")
	}
	return Refusal{}
}

// Take assigns an inspected token to its owner, with its counters, its drift and its PIN.
// It ends with ErrTaken when the token changed since it was inspected.
func (t *Tokens) Take(tx *db.Tx, by audit.Actor, customer ident.ID, o Takeover) error {
	d := o.Device
	won, err := device.Assign(tx, d.ID, customer, o.model.Life)
	if err != nil || !won {
		return errors.Join(err, orNil(!won, ErrTaken))
	}
	d.Status, d.Customer = device.Active, customer
	if !o.legacy.Expires.IsZero() {
		if won, err := d.Change(tx, device.Change{Act: device.Extend, Ends: o.legacy.Expires}); err != nil || !won {
			return errors.Join(err, orNil(!won, ErrTaken))
		}
	}
	if o.legacy.Name != "" {
		if _, err := device.Rename(tx, d.ID, customer, o.legacy.Name); err != nil {
			return err
		}
	}
	for i := range o.keys {
		if err := t.takeKey(tx, &o.keys[i], o.pin); err != nil {
			return err
		}
	}
	audit.Record(tx, audit.Event{Kind: AuditMovedIn, By: by, Customer: customer, Object: "device:" + d.ID.String(), Details: o.details()})
	return nil
}

// details are what the audit log keeps of a takeover: never a PIN.
func (o *Takeover) details() map[string]any {
	details := map[string]any{"serial": o.Device.Serial}
	if o.legacy.Counter != nil {
		details["counter"] = *o.legacy.Counter
	}
	if o.legacy.SignCounter != nil {
		details["sign_counter"] = *o.legacy.SignCounter
	}
	if o.legacy.Drift != nil {
		details["drift_seconds"] = int64(*o.legacy.Drift / time.Second)
	}
	return details
}

// named finds a token by its serial number, in normal form, and says how many there
// are.
func named(tx *db.Tx, name Named) (d device.Device, n int, err error) {
	all, err := device.BySerial(tx, name.Serial)
	for _, x := range all {
		if x.Kind == device.Token && (name.Manufacturer == "" || name.Manufacturer == x.Manufacturer) {
			d = x
			n++
		}
	}
	return d, n, err
}
