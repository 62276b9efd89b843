package mobileid

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// subject is who is asked: somebody, or nobody under a name.
type subject struct {
	customer ident.ID // made up from the name when nobody has it
	tag      []byte   // keyed hash of the number, or of the name
	mobile   ident.ID // zero: nobody's
	locale   string
	why      Reason // why nothing can be sent: NoCard; "" for nothing
}

// who looks a user up, outside the transaction that asks them. The form of the name is judged
// before; what it names is not.
func (d *Desk) who(ctx context.Context, u User, set *policy.Set) (s subject, err error) {
	kind, name, err := u.name(set.SMS.Region)
	if err != nil {
		return s, err
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = d.lookUp(tx, u, kind, name)
		return err
	})
	return s, err
}

// name is the one name by which a user is given.
func (u User) name(region string) (kind, name string, err error) {
	given := 0
	for _, set := range [...]bool{u.Number != "", u.Person != "", u.CustomerNumber != "", !u.Customer.IsZero()} {
		if set {
			given++
		}
	}
	if given != 1 || !u.Mobile.IsZero() && u.Customer.IsZero() {
		return "", "", fault.Invalidf("mobileid.user", "Say who is to be asked: by a phone number, the serial number of a person, or a customer, and by one of them only.").WithField("/user")
	}
	switch {
	case u.Number != "":
		name, err = Number(u.Number, region)
		return "number", name, err
	case u.Person != "":
		name = strings.ToUpper(strings.TrimSpace(u.Person))
		if len(name) != personLength || !utf8.ValidString(name) {
			return "", "", fault.Invalidf("mobileid.person", "The serial number of a person has %d characters.", personLength).WithField("/person")
		}
		return "person", name, nil
	case u.CustomerNumber != "":
		name, err = customer.Number(u.CustomerNumber)
		return "customer_number", name, err
	}
	return "customer", u.Customer.String(), nil
}

// lookUp finds who has a name. Whoever it is, and if it is nobody, three look-ups are made.
func (d *Desk) lookUp(tx *db.Tx, u User, kind, name string) (subject, error) {
	s := subject{tag: d.tagOf(kind, name), why: NoCard}
	if kind != "number" {
		id, err := d.customerOf(tx, u, kind, name)
		if err != nil {
			return s, err
		}
		return d.preferred(tx, s, id, u.Mobile)
	}
	m, found, err := byTag(tx, s.tag)
	if err != nil {
		return s, err
	}
	return d.named(tx, s, m, found)
}

func (d *Desk) customerOf(tx *db.Tx, u User, kind, name string) (id ident.ID, err error) {
	switch kind {
	case "person":
		id, _, err = byPerson(tx, name)
	case "customer_number":
		c, found, e := customer.ByNumber(tx, name)
		if err = e; found {
			id = c.ID
		}
	default:
		id = u.Customer
	}
	return id, err
}

// preferred picks the mobile ID of a customer: the one asked for, or the first that can be used, or
// the first at all.
func (d *Desk) preferred(tx *db.Tx, s subject, id, wanted ident.ID) (subject, error) {
	if id.IsZero() {
		return d.named(tx, s, MobileID{}, false)
	}
	all, err := of(tx, id)
	if err != nil {
		return s, err
	}
	var best MobileID
	for _, m := range all {
		switch {
		case !wanted.IsZero() && m.ID != wanted, m.State == StateRevoked:
		case best.ID.IsZero(), !best.Usable(tx.Now) && m.Usable(tx.Now):
			best = m
		}
	}
	if best.ID.IsZero() {
		s.customer = id
	} else {
		s.tag = best.tag
	}
	return d.named(tx, s, best, !best.ID.IsZero())
}

// named completes a subject.
func (d *Desk) named(tx *db.Tx, s subject, m MobileID, found bool) (subject, error) {
	if found {
		s.customer, s.mobile, s.why = m.Customer, m.ID, NoReason
	}
	if s.customer.IsZero() {
		s.customer = ident.Derive("mobileid nobody", string(s.tag))
	}
	c, _, err := customer.Find(tx, s.customer)
	s.locale = c.Locale
	return s, err
}
