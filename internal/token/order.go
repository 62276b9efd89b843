package token

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Order is one act on one token.
type Order struct {
	Device   ident.ID
	Customer ident.ID // whose token it is taken for, if the caller knows; zero: whoever has it
	Why      Warrant  // nil for acts that staff may do without one
	Reason   string   // for people, 1–200 characters; some acts need none
	EvenLast bool     // also when the customer is left without a token that can be used
}

// read returns the token of an order once it is clear that by may act on it.
func (o Order) read(tx *db.Tx, by audit.Actor, a device.Act) (device.Device, error) {
	d, found, err := device.Get(tx, o.Device)
	switch {
	case err != nil:
		return d, err
	case !found || d.Kind != device.Token:
		return d, fault.NotFoundf("token.unknown", "There is no such token.")
	case !o.Customer.IsZero() && d.Customer != o.Customer:
		return d, fault.Conflictf("token.not_theirs", "This token is not this customer's: compare the serial number on it.").WithField("serial")
	}
	return d, o.entitled(tx, by, d, a)
}

// entitled refuses an act whose warrant is missing or does not hold.
func (o Order) entitled(tx *db.Tx, by audit.Actor, d device.Device, a device.Act) error {
	own := by.Kind == audit.CustomerKind
	if own {
		if err := o.ownAct(by, d, a); err != nil {
			return err
		}
	}
	switch {
	case d.Customer.IsZero():
		return nil
	case o.Why != nil:
		return o.Why.Check(tx, d.Customer, by)
	case own && a == device.Suspend: // whoever stops a token gains nothing
		return nil
	case own || a == device.Resume || a == device.Lose || a == device.Find || a == device.Replace || a == device.Give:
		return fault.Deniedf("identification.required", "Identify the customer first: this act needs an identification of your own that passed.").WithField("/identification")
	}
	return nil
}

// SecondProof is a warrant of customers who act for themselves: codes that tokens of
// theirs gave just now.
type SecondProof interface {
	Warrant
	Shown() []ident.ID // the devices that gave them
}

// ownAct refuses what customers may not do with their own tokens, whatever they
// show. What a customer has stopped only the help desk sets going again: else
// whoever found the token and its PIN could.
func (o Order) ownAct(by audit.Actor, d device.Device, a device.Act) error {
	switch {
	case d.Customer != by.ID:
		return fault.Deniedf("token.not_yours", "Customers act on their own tokens only.")
	case a != device.Suspend && a != device.Lose:
		return fault.Deniedf("token.help_desk", "Please call the help desk: only they can do this.")
	case a == device.Suspend:
		return nil
	}
	if p, ok := o.Why.(SecondProof); !ok || len(p.Shown()) == 0 || slices.Contains(p.Shown(), d.ID) {
		return fault.Deniedf("token.second_proof", "Give a code of another token of yours: a lost one cannot say so itself. If there is none, have this one stopped.")
	}
	return nil
}

// still looks at a customer's own warrant again, now that nobody else can take their
// tokens out of use: of two tokens that report each other, the first is believed.
func (o Order) still(tx *db.Tx, by audit.Actor, d device.Device) error {
	if by.Kind != audit.CustomerKind || o.Why == nil {
		return nil
	}
	return o.Why.Check(tx, d.Customer, by)
}

// record leaves the audit record of an act on d, which was read before.
func (o Order) record(tx *db.Tx, by audit.Actor, d device.Device, ch device.Change, out Effect, more map[string]any) {
	kind := map[device.Act]string{
		device.Suspend: AuditSuspended, device.Resume: AuditResumed, device.Lose: AuditLost, device.Find: AuditFound,
		device.Return: AuditReturned, device.Retire: AuditRetired, device.Extend: AuditExtended,
	}[ch.Act]
	details := map[string]any{"serial": d.Serial, "from": d.Status, "left": out.Left}
	if o.Reason != "" {
		details["reason"] = o.Reason
	}
	if ch.Act == device.Extend {
		details["ends_at"] = ch.Ends
	}
	for k, v := range more {
		details[k] = v
	}
	o.note(details, d)
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: d.Customer, Object: "device:" + d.ID.String(), Details: details})
}

// note names the warrant, if it was needed.
func (o Order) note(details map[string]any, d device.Device) {
	if o.Why != nil && !d.Customer.IsZero() {
		key, value := o.Why.Note()
		details[key] = value
	}
}

// readReason gives a reason in normal form.
func readReason(s string, needed bool) (string, error) {
	s, ok := readText(s, 200)
	if !ok || needed && s == "" {
		return "", fault.Invalidf("token.reason", "Say why, in 1 to 200 characters that can be shown.").WithField("/reason")
	}
	return s, nil
}

// readText folds blanks and refuses what cannot be shown.
func readText(s string, most int) (string, bool) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	n := 0
	for _, r := range s {
		if n++; n > most || !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' || r == unicode.ReplacementChar {
			return "", false
		}
	}
	return s, true
}
