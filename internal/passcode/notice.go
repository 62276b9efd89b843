package passcode

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sms"
)

// notice is what staff did to a phone, which the phone is told of.
type notice string

const (
	staffRemoved notice = "removed"
	staffAdded   notice = "added"
)

// tell sends a phone the notice that staff unregistered or registered it (SCA-60), once:
// who talked the help desk into it is not the one who reads it. A phone whose number is
// gone from the contacts gets none.
func (p *Passcodes) tell(tx *db.Tx, by audit.Actor, x Phone, what notice) error {
	number, _, err := p.reached(tx, x.Customer, x.Contact)
	if err != nil || number == "" {
		return err
	}
	return p.notify(tx, by, x.Customer, number, "phone-"+string(what)+":"+x.ID.String(), func(w words) string {
		if what == staffRemoved {
			return w.removed
		}
		return w.added
	})
}

// notify sends a notice in the customer's language to a number, once under its key.
func (p *Passcodes) notify(tx *db.Tx, by audit.Actor, to ident.ID, number, once string, text func(words) string) error {
	c, _, err := customer.Find(tx, to)
	if err != nil {
		return err
	}
	_, err = p.texts.Send(tx, by, sms.Text{
		Customer: to, To: number, Body: text(wordsOf(c.Locale)), Class: sms.ClassNotice, Expires: tx.Now.Add(sms.MaxLife), Dedupe: once,
	})
	return err
}
