package mobileid

import (
	"fmt"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// generate has the card make the key of a role. The first one is tied to the page on which it was
// ordered by the control code; the second follows at once on the same screen.
func (u *unit) generate(r applet.Role) (out Registration, err error) {
	tx, d, x := u.tx, u.d, u.set.MobileID
	if err := d.overdue(tx, u.m.tag, x); err != nil {
		return out, err
	}
	person, err := d.person(tx, u.m.Customer)
	if err != nil {
		return out, err
	}
	code, nonce, err := d.draw()
	if err != nil {
		return out, err
	}
	subject, err := subjectOf(person)
	if err != nil {
		return out, err
	}
	k := key{Customer: u.m.Customer, ID: ident.New(tx.Now, d.Rand), Mobile: u.m.ID, Card: u.m.Card, Role: r, Algorithm: u.m.Algorithm}
	if k.Head, k.Tail, err = applet.RequestParts(k.Algorithm, subject, nonce); err != nil {
		return out, err
	}
	c, _, err := customer.Find(tx, u.m.Customer)
	if err != nil {
		return out, err
	}
	lang := languageOf(x, c.Locale)
	command := applet.Command{
		Kind: applet.Generate, Transaction: code, Role: r, Algorithm: k.Algorithm, Service: x.Service, Head: k.Head, Tail: k.Tail, Nonce: nonce,
		Text: choosePIN(r, lang), Seconds: secondsOf(x.Registration), Language: lang,
	}
	if r == applet.Authentication {
		command.Control = ControlMode(x.Register)
	}
	data, err := command.Append(nil)
	if err != nil {
		return out, fmt.Errorf("mobileid: the order of a key: %w", err)
	}
	t := u.task(command, Generating)
	t.Expires, t.Digest, t.key, t.Control = tx.Now.Add(x.Registration), command.Digest(), k.ID, command.ControlCode()
	if err := k.insert(tx); err != nil {
		return out, err
	}
	if err := d.leave(tx, u.by, &t, u.m, data); err != nil {
		return out, err
	}
	return Registration{MobileID: u.m, Transaction: t.Handle, Control: t.Control, Mode: t.Mode.String(), Expires: t.Expires}, nil
}

// task is a transaction that the server has with the card of a mobile ID.
func (u *unit) task(c applet.Command, k Kind) Transaction {
	t := Transaction{
		Customer: u.m.Customer, ID: ident.New(u.tx.Now, u.d.Rand), Mobile: u.m.ID, Kind: k, Status: Asked, Role: c.Role, Form: c.Form, Service: c.Service, Text: c.Text, Shown: c.Shown(),
		Event: c.Event, Mode: c.Control, Language: c.Language, Nonce: c.Nonce, Created: u.tx.Now, Tries: -1, number: u.m.tag, code: c.Transaction, Purpose: string(k),
	}
	t.Handle = u.d.handle(t.Customer, t.ID)
	return t
}

// ControlMode is what the card does with the control code where policies say c.
func ControlMode(c policy.Control) applet.ControlMode {
	switch c {
	case policy.ControlShown:
		return applet.ShownControl
	case policy.ControlChosen:
		return applet.ChosenControl
	case policy.ControlTyped:
		return applet.TypedControl
	case policy.ControlNone:
	}
	return applet.NoControl
}

func choosePIN(r applet.Role, lang string) string {
	german := lang == "de"
	switch {
	case r == applet.Signing && german:
		return "Wählen Sie die PIN, mit der Sie unterschreiben."
	case r == applet.Signing:
		return "Choose the PIN by which you sign."
	case german:
		return "Wählen Sie die PIN, mit der Sie sich anmelden."
	}
	return "Choose the PIN by which you log in."
}

// reached is told that the card has the order of a key.
func (d *Desk) reached(tx *db.Tx, t Transaction) error {
	u, err := d.unit(tx, system, d.Policies.Active(), t.Customer, t.Mobile)
	if err != nil || t.Role != applet.Authentication || u.m.State != StateOrdered {
		return err
	}
	return u.move(Reach, change{})
}

// keyed is told that a card has made a key, or has signed the request of another certificate.
func (d *Desk) keyed(tx *db.Tx, t Transaction, x applet.Answer) error {
	k, found, err := oneKey(tx, "customer = $1 AND id = $2", t.Customer, t.key)
	if err != nil {
		return err
	}
	public := x.Public
	if t.Kind == Renewing {
		public = k.Public
	}
	request, bad := applet.Request(k.Algorithm, k.Head, k.Tail, public, x.Signature)
	if !found || bad != nil {
		return d.unproven(tx, t)
	}
	if moved, err := d.move(tx, &t, Done, outcome{tries: -1}); err != nil || !moved {
		return err
	}
	d.ended(tx, system, t)
	u, err := d.unit(tx, system, d.Policies.Active(), t.Customer, t.Mobile)
	if err != nil {
		return err
	}
	if t.Kind == Renewing {
		if stored, err := k.renew(tx, request); err != nil || !stored {
			return err
		}
		return d.put(tx, MessageCertify, k.orderID(), Place{t.Customer, t.Mobile}, tx.Now.Add(certifyFor))
	}
	if stored, err := k.made(tx, public, request); err != nil || !stored {
		return err
	}
	return u.made(k)
}

// unproven ends a transaction whose key, or whose proof of possession, is wrong.
func (d *Desk) unproven(tx *db.Tx, t Transaction) error {
	if moved, err := d.move(tx, &t, Failed, outcome{reason: WrongSignature, tries: -1}); err != nil || !moved {
		return err
	}
	d.ended(tx, system, t)
	return d.unmade(tx, t)
}

// made goes on after a key: to the next one, or to the certificates.
func (u *unit) made(k key) error {
	if err := u.record(AuditKey, map[string]any{"role": k.Role.String(), "key": k.ID.String()}); err != nil {
		return err
	}
	if k.Role == applet.Authentication {
		if err := u.move(Make, change{}); err != nil {
			return err
		}
		_, err := u.generate(applet.Signing)
		return err
	}
	if err := u.move(Complete, change{}); err != nil {
		return err
	}
	return u.d.put(u.tx, MessageCertify, k.orderID(), Place{u.m.Customer, u.m.ID}, u.tx.Now.Add(certifyFor))
}

// unmade ends a registration whose transaction has come to nothing: by the person, or otherwise.
func (d *Desk) unmade(tx *db.Tx, t Transaction) error {
	if t.Kind != Generating {
		return nil
	}
	u, err := d.unit(tx, system, d.Policies.Active(), t.Customer, t.Mobile)
	if err != nil || !u.m.State.Registering() {
		return err
	}
	act, kind := Fail, AuditFailed
	if t.Status == Canceled || t.Status == Reported || t.Status == Withdrawn {
		act, kind = Refuse, AuditRefused
	}
	return u.end(act, kind, string(t.Status))
}

// end ends a registration.
func (u *unit) end(a Act, kind, reason string) error {
	if err := u.endKeys(Unspecified, true); err != nil {
		return err
	}
	if err := u.move(a, change{reason: reason}); err != nil {
		return err
	}
	return u.record(kind, nil)
}
