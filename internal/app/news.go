package app

import (
	"encoding/json"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// tellOfPassword sends news of a customer's password to their verified phones (SCA-60).
func (a *App) tellOfPassword(tx *db.Tx, by audit.Actor, n password.News) error {
	return a.textNotice(tx, by, n.Customer, n.Key(), n.Text)
}

// tellOfMobileToken sends news of a customer's mobile token to their verified phones, with
// the address where they say that it was not them, if there is self-service (S-06).
func (a *App) tellOfMobileToken(tx *db.Tx, by audit.Actor, n mobiletoken.News) error {
	if err := endPushes(tx, by, n); err != nil {
		return err
	}
	if a.Config.Self.Address != "" {
		n.Link = a.url(a.Config.Self) + "/not-me/" + a.Mobile.DisownKey(n.Customer, n.Token, tx.Now)
	}
	return a.textNotice(tx, by, n.Customer, n.Key(), n.Text)
}

// tellOfChannel sends news of a customer's channel to their verified phones, which are
// another way than the channel, and to the bank by webhook, where one is configured: the
// bank may have sessions of the channel to end, and other ways to its customer.
func (a *App) tellOfChannel(tx *db.Tx, by audit.Actor, n risk.ChannelNews) error {
	if err := a.textNotice(tx, by, n.Block.Customer, n.Key(), n.Text); err != nil || a.Config.Webhook.URL == "" {
		return err
	}
	c, _, err := customer.Find(tx, n.Block.Customer)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(n.Message(c.Number))
	if err != nil {
		return err
	}
	return a.Outbox.Put(tx, outbox.Message{Kind: risk.MessageChannel, Customer: c.ID, Payload: payload, Expires: tx.Now.Add(sms.MaxLife), Dedupe: n.Key()})
}

// textNotice sends a text to a customer's verified phones, where there is a gateway for text
// messages. A number that takes none, such as one of a landline, is passed over: a password
// must be changeable, and a channel be closed, without a phone.
func (a *App) textNotice(tx *db.Tx, by audit.Actor, id ident.ID, key string, text func(locale string) string) error {
	if len(a.Texts.Gateways) == 0 {
		return nil
	}
	c, _, err := customer.Find(tx, id)
	if err != nil {
		return err
	}
	contacts, err := a.Customers.ContactsOf(tx, id)
	if err != nil {
		return err
	}
	for _, k := range contacts {
		if k.Kind != customer.Phone || k.Verified.IsZero() {
			continue
		}
		_, err := a.Texts.Send(tx, by, sms.Text{
			Customer: id, To: k.Value, Body: text(c.Locale), Class: sms.ClassNotice, Expires: tx.Now.Add(sms.MaxLife), Dedupe: key + ":" + k.ID.String(),
		})
		switch {
		case fault.KindOf(err) == fault.Invalid:
			a.Log.Warn("a notice cannot be sent to a phone", slog.String("contact", k.ID.String()), telemetry.Err(err))
		case err != nil:
			return err
		}
	}
	return nil
}
