package mobileid

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/policy"
)

// unit is one transaction that acts on one mobile ID.
type unit struct {
	d    *Desk
	tx   *db.Tx
	by   audit.Actor
	set  *policy.Set
	m    MobileID
	note map[string]any // what the warrant is called in the record
}

// unit reads a mobile ID to act on it. Fault: "mobileid.none" (NotFound).
func (d *Desk) unit(tx *db.Tx, by audit.Actor, set *policy.Set, customer, id ident.ID) (*unit, error) {
	m, found, err := Get(tx, customer, id)
	if err == nil && !found {
		err = fault.NotFoundf("mobileid.none", "This customer has no such mobile ID.")
	}
	if err == nil {
		err = d.open(&m)
	}
	return &unit{d: d, tx: tx, by: by, set: set, m: m}, err
}

// change is what a transition leaves in the row besides the state.
type change struct {
	reason string
	by     Cause // of Suspend
	card   Card  // of Reregister: zero leaves it as it is
	held   time.Time
}

// move is the compare-and-swap of an act, from the mobile ID as it was read.
func (u *unit) move(a Act, c change) error {
	to, allowed := a.To(u.m.State)
	if !allowed {
		return u.impossible(a)
	}
	m := u.m
	m.State, m.Reason, m.By, m.Changed = to, c.reason, c.by, u.tx.Now
	switch a {
	case Activate:
		m.Held = c.held
		if m.Activated.IsZero() {
			m.Activated = u.tx.Now
		}
	case Reregister:
		if !c.card.ID.IsZero() {
			m.Card = c.card.ID
		}
	default:
	}
	n, err := u.tx.Exec(`UPDATE mobile_id SET state = $4, reason = $5, suspended_by = $6, changed_at = $7, card = $8, held_until = $9, activated_at = $10, algorithm = $11, version = version + 1
		WHERE customer = $1 AND id = $2 AND version = $3`, m.Customer, m.ID, m.version, string(m.State), m.Reason, string(m.By), m.Changed, m.Card, m.Held, m.Activated, m.Algorithm)
	if err == nil && n == 0 {
		err = changed()
	}
	if err == nil {
		m.version++
		u.m = m
	}
	return err
}

// impossible says that the state of the mobile ID does not allow an act.
func (u *unit) impossible(a Act) error {
	return fault.Conflictf("mobileid.state", "The mobile ID is %s, which does not allow this (%s).", u.m.State, a)
}

// record leaves the audit record of what was done, and tells the owner.
func (u *unit) record(kind string, details map[string]any) error {
	all := map[string]any{"state": u.m.State, "card": u.m.Card}
	if u.m.Reason != "" {
		all["reason"] = u.m.Reason
	}
	for _, more := range []map[string]any{u.note, details} {
		for k, v := range more {
			all[k] = v
		}
	}
	audit.Record(u.tx, audit.Event{Kind: kind, By: u.by, Customer: u.m.Customer, Object: "mobile_id:" + u.m.ID.String(), Details: all})
	if u.d.Tell == nil || !told(kind) {
		return nil
	}
	return u.d.Tell(u.tx, u.by, News{Customer: u.m.Customer, Mobile: u.m.ID, Number: u.m.Masked(), Kind: kind, Version: u.m.version})
}

// need is what an act asks of whoever orders it.
type need int

const (
	needNothing need = iota // of customers; of staff a reason
	needProof               // of customers: two factors. Of others: an identification, or the customer's proof
)

// warranted refuses an act whose warrant is missing or does not hold; it returns what the record
// calls the warrant.
func warranted(tx *db.Tx, by audit.Actor, customer ident.ID, p Proof, n need) (map[string]any, error) {
	switch {
	case by.Kind == audit.SystemKind:
		return map[string]any{}, nil
	case by.Kind == audit.CustomerKind && by.ID != customer:
		return nil, fault.Deniedf("mobileid.not_yours", "Customers act on their own mobile IDs only.")
	case p != nil:
		if n == needProof && !p.Factors().Independent() {
			return nil, fault.Deniedf("mobileid.strong", "Log in strongly first: two different elements are needed.")
		}
		key, value := p.Note()
		return map[string]any{key: value}, p.Check(tx, customer, by)
	case n == needNothing:
		return map[string]any{}, nil
	case by.Kind == audit.CustomerKind:
		return nil, fault.Deniedf("mobileid.proof", "Show first that it is you: log in strongly once more.")
	}
	id, err := identification.Lately(tx, customer, by)
	return map[string]any{"identification": id}, err
}

// readReason gives a reason in normal form; staff give one.
func readReason(by audit.Actor, s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	bad := func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }
	if utf8.RuneCountInString(s) > 200 || strings.ContainsFunc(s, bad) || s == "" && by.Kind == audit.StaffKind {
		return "", fault.Invalidf("mobileid.reason", "Say why, in 1 to 200 characters that can be shown.").WithField("/reason")
	}
	return s, nil
}

// turn carries out an act on the device, if its state allows it.
func (u *unit) turn(a device.Act, note string) error {
	x, found, err := device.Get(u.tx, u.m.Device)
	if err != nil || !found {
		return err
	}
	if _, allowed := a.To(x.Status); !allowed {
		return nil
	}
	done, err := x.Change(u.tx, device.Change{Act: a, Note: note})
	if err == nil && !done {
		err = changed()
	}
	return err
}

// newDevice adds the SIM to what its owner has.
func (d *Desk) newDevice(tx *db.Tx, customer ident.ID) (ident.ID, error) {
	x := device.Device{
		ID: ident.New(tx.Now, d.Rand), Kind: device.SIM, Manufacturer: "sim", Model: "mobile-id", Status: device.Assigned, Customer: customer, Created: tx.Now, Assigned: tx.Now,
	}
	x.Serial = device.Serial(x.ID.String())
	n, err := tx.Exec(device.InsertSQL, x.Row()...)
	if err == nil && n == 0 {
		err = fault.Conflictf("mobileid.changed", "Please try again.")
	}
	return x.ID, err
}

// enroll gives the customer the policies of mobile IDs. After a registration anew their failure
// counters begin anew.
func (u *unit) enroll(anew bool) error {
	for _, p := range u.set.MobileIDs() {
		if err := authenticator.Enroll(u.tx, u.by, u.m.Customer, p); err != nil {
			return err
		}
		if anew {
			if err := authenticator.Renewed(u.tx, u.m.Customer, p.Code); err != nil {
				return err
			}
		}
	}
	return nil
}
