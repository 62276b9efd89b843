package device

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kind says what sort of thing a device is.
type Kind string

// Kinds of devices.
const (
	Token  Kind = "token"  // a hardware token
	Mobile Kind = "mobile" // an application on a phone that has, or is to have, a mobile token
	SIM    Kind = "sim"    // a SIM card that has, or is to have, keys of its owner

	Companion Kind = "companion" // a thing that its owner lives with: package companion
)

// Status is a device's place in its life.
type Status string

// States of a device; the transitions are in the package comment.
const (
	Stock     Status = "stock"
	Assigned  Status = "assigned"
	Active    Status = "active"
	Suspended Status = "suspended"
	Lost      Status = "lost"
	Retired   Status = "retired"
	Blocked   Status = "blocked"
)

// Device is one thing.
type Device struct { //nolint:recvcheck // dest fills it, the rest only look
	ID           ident.ID
	Kind         Kind
	Manufacturer string // "" when the import file did not say
	Serial       string // canonical form
	Model        string // code of the policy's model
	Name         string // what its owner calls it; may be empty
	Status       Status
	Customer     ident.ID  // zero: nobody's
	Import       ident.ID  // the import that brought it; may be zero
	Created      time.Time // import
	Assigned     time.Time // to its owner; zero: nobody's
	Starts       time.Time // not to be used before; zero: no limit
	Expires      time.Time // not to be used after; zero: no limit
	Note         string    // why it is in its state; may be empty
	ReplacedBy   ident.ID  // the device that took its place; zero: none did
	Changed      time.Time // of its state; zero: never since the import
}

// Expired reports whether the device's life ended before now.
func (d Device) Expired(now time.Time) bool { return !d.Expires.IsZero() && now.After(d.Expires) }

// Usable reports whether the device may be used at the moment now.
func (d Device) Usable(now time.Time) bool {
	return d.Status == Active && !d.Starts.After(now) && !d.Expired(now)
}

// Ending reports whether the device's end matters: it does not to one that is
// lost, retired or blocked.
func (d Device) Ending() bool {
	return d.Status != Lost && d.Status != Retired && d.Status != Blocked
}

// maxSerial is the longest serial number, in bytes.
const maxSerial = 256

// Serial gives the canonical form of a serial number as typed or imported:
// compatibility forms folded, spaces and hyphens dropped, capitals. An empty
// result means that nothing usable was given. A canonical form is its own:
// folding goes on until it changes nothing, because dropping a space can join a
// letter and its mark, and a joined one can fold further.
func Serial(typed string) string {
	for range 8 {
		if len(typed) > maxSerial {
			return ""
		}
		folded := fold(typed)
		if folded == typed {
			return folded
		}
		typed = folded
	}
	return ""
}

func fold(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '‐' || r == '–' || r == '\u00a0':
			return -1
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(typed)))
}

const (
	inserted = `id, kind, manufacturer, serial, model, name, status, customer, import_id,
	created_at, assigned_at, starts_at, expires_at, note`
	columns = inserted + ", replaced_by, changed_at"
)

func (d *Device) dest() []any {
	return []any{
		&d.ID, &d.Kind, &d.Manufacturer, &d.Serial, &d.Model, &d.Name, &d.Status, &d.Customer, &d.Import,
		&d.Created, &d.Assigned, &d.Starts, &d.Expires, &d.Note, &d.ReplacedBy, &d.Changed,
	}
}

// Get returns the device with the given id; false when there is none.
func Get(tx *db.Tx, id ident.ID) (Device, bool, error) {
	var d Device
	err := tx.Row("SELECT "+columns+" FROM device WHERE id = $1", id).Scan(d.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return d, false, nil
	}
	return d, err == nil, err
}

// BySerial returns all devices with a serial number, whatever their
// manufacturer; usually none or one.
func BySerial(tx *db.Tx, serial string) ([]Device, error) {
	return list(tx, "serial = $1 ORDER BY manufacturer", Serial(serial))
}

// OfCustomer returns the customer's devices, oldest first.
func OfCustomer(tx *db.Tx, customer ident.ID) ([]Device, error) {
	return list(tx, "customer = $1 ORDER BY assigned_at, id", customer)
}

func list(tx *db.Tx, where string, args ...any) (all []Device, err error) {
	err = tx.Each("SELECT "+columns+" FROM device WHERE "+where, args, func(r db.Row) error {
		var d Device
		if err := r.Scan(d.dest()...); err != nil {
			return err
		}
		all = append(all, d)
		return nil
	})
	return all, err
}
