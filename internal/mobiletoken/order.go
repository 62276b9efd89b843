package mobiletoken

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
)

// Order is one act on one token.
type Order struct {
	Customer ident.ID
	Token    ident.ID
	Proof    Proof  // of customers who act for themselves; nil for none
	Reason   string // for people, at most 200 characters; staff give one for a block and an archiving
	Warned   bool   // also the token that gave the proof, or the last that can be used
}

// Proof is what customers who act for themselves have shown just now, such as
// hub.Proven.
type Proof interface {
	// Check runs in the transaction of the act, before anything is changed. Its fault
	// ends the act.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Note returns what the audit record of the act calls it, and its name.
	Note() (key, value string)
	// Shown returns the devices that gave the codes.
	Shown() []ident.ID
}

// need is what an act asks of whoever orders it.
type need int

const (
	needNothing need = iota // of customers; of staff and applications too
	needProof               // of customers: a proof. Of others: an identification, unless the customer holds nothing yet
	needOther               // of customers: a proof by another device. Of others: an identification
	needStaff               // no act of customers; an identification
)

// entitled refuses an act whose warrant is missing or does not hold; it returns what the
// record calls the warrant. on is the device of the token; zero for a new one.
func (o Order) entitled(tx *db.Tx, by audit.Actor, n need, on ident.ID) (note map[string]any, err error) {
	switch by.Kind {
	case audit.SystemKind:
		return map[string]any{}, nil
	case audit.CustomerKind:
		return o.own(tx, by, n, on)
	default: // staff, and applications of the bank
	}
	if n == needProof {
		held, err := authenticator.Of(tx, o.Customer)
		if err != nil || len(held) == 0 {
			return map[string]any{}, err
		}
	}
	if n == needNothing {
		return map[string]any{}, nil
	}
	id, err := identification.Lately(tx, o.Customer, by)
	return map[string]any{"identification": id}, err
}

// own is entitled for customers who act for themselves.
func (o Order) own(tx *db.Tx, by audit.Actor, n need, on ident.ID) (map[string]any, error) {
	switch {
	case by.ID != o.Customer:
		return nil, notYours()
	case n == needStaff:
		return nil, fault.Deniedf("mobiletoken.help_desk", "Please call the help desk: only they can do this.")
	case n == needNothing && o.Proof == nil:
		return map[string]any{}, nil
	case o.Proof == nil:
		return nil, fault.Deniedf("mobiletoken.proof", "Show first that it is you: log in strongly once more.")
	}
	if shown := o.Proof.Shown(); n == needOther && (len(shown) == 0 || slices.Contains(shown, on)) {
		return nil, fault.Deniedf("mobiletoken.other_proof", "Give a code of another token of yours. If there is none, please call the help desk.")
	}
	key, value := o.Proof.Note()
	return map[string]any{key: value}, o.Proof.Check(tx, o.Customer, by)
}

// fromItself reports whether the proof came from the given device.
func (o Order) fromItself(on ident.ID) bool {
	return o.Proof != nil && slices.Contains(o.Proof.Shown(), on)
}

// readText gives a text for people in normal form: blanks folded, nothing in it that
// cannot be shown. field names it in the fault "mobiletoken.text".
func readText(s, field string, most int) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	bad := func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }
	if utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, bad) {
		return "", fault.Invalidf("mobiletoken.text", "At most %d characters that can be shown.", most).WithField("/" + field)
	}
	return s, nil
}

func notYours() error {
	return fault.Deniedf("mobiletoken.not_yours", "Customers act on their own tokens only.")
}
