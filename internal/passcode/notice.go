package passcode

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
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
	c, _, err := customer.Find(tx, x.Customer)
	if err != nil {
		return err
	}
	w := wordsOf(c.Locale)
	text := w.added
	if what == staffRemoved {
		text = w.removed
	}
	_, err = p.texts.Send(tx, by, sms.Text{
		Customer: x.Customer, To: number, Body: text, Class: sms.ClassNotice, Expires: tx.Now.Add(sms.MaxLife), Dedupe: "phone-" + string(what) + ":" + x.ID.String(),
	})
	return err
}
