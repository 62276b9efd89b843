package app

import (
	"log/slog"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// tellOfPassword sends news of a customer's password to their verified phones, where
// there is a gateway for text messages (SCA-60). A number that takes none, such as
// one of a landline, is passed over: a password must be changeable without a phone.
func (a *App) tellOfPassword(tx *db.Tx, by audit.Actor, n password.News) error {
	if len(a.Texts.Gateways) == 0 {
		return nil
	}
	c, _, err := customer.Find(tx, n.Customer)
	if err != nil {
		return err
	}
	contacts, err := a.Customers.ContactsOf(tx, n.Customer)
	if err != nil {
		return err
	}
	for _, k := range contacts {
		if k.Kind != customer.Phone || k.Verified.IsZero() {
			continue
		}
		_, err := a.Texts.Send(tx, by, sms.Text{
			Customer: n.Customer, To: k.Value, Body: n.Text(c.Locale), Class: sms.ClassNotice, Expires: tx.Now.Add(sms.MaxLife), Dedupe: n.Key() + ":" + k.ID.String(),
		})
		switch {
		case fault.KindOf(err) == fault.Invalid:
			a.Log.Warn("news of a password cannot be sent to a phone", slog.String("contact", k.ID.String()), telemetry.Err(err))
		case err != nil:
			return err
		}
	}
	return nil
}
