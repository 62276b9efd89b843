package mobileid

import (
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/ota/applet"
)

// MessageValidate is the outbox kind of a signature that is to be validated, MessageStamp of one that
// is to be time-stamped, MessageCertify of keys whose certificates are to be had. Their payload is
// a Place.
const (
	MessageValidate = "mobileid.validate"
	MessageStamp    = "mobileid.stamp"
	MessageCertify  = "mobileid.certify"
)

// Place names a row.
type Place struct {
	Customer ident.ID `json:"customer"`
	ID       ident.ID `json:"id"`
}

// put leaves a message about a row. The message's id is what an undertaker knows it by, to whom
// payloads are closed; zero for any.
func (d *Desk) put(tx *db.Tx, kind string, id ident.ID, p Place, expires time.Time) error {
	payload, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return d.Outbox.Put(tx, outbox.Message{ID: id, Kind: kind, Customer: p.Customer, Payload: payload, Expires: expires})
}

// byMessage returns the transaction whose packet a message was; false for what is awaited by nobody.
func byMessage(tx *db.Tx, message ident.ID) (Transaction, bool, error) {
	return find(tx, "message = $1", message)
}

// Acknowledged is told that a card has a command, and asks the person.
func (d *Desk) Acknowledged(tx *db.Tx, a Answer) error {
	t, found, err := byMessage(tx, a.Message)
	if err != nil || !found || t.Status != Asked {
		return err
	}
	if moved, err := d.move(tx, &t, Delivered, outcome{tries: -1}); err != nil || !moved || t.Kind != Generating {
		return err
	}
	return d.reached(tx, t)
}

// Answered is told what a card has answered, in the transaction in which its packet counts.
func (d *Desk) Answered(tx *db.Tx, a Answer) error {
	t, found, err := byMessage(tx, a.Message)
	if err != nil || !found || !t.Status.Waiting() {
		return err
	}
	to, o, x := t.read(a)
	if t.At(tx.Now) == TimedOut && to != TimedOut {
		to, o = TimedOut, outcome{reason: LateAnswer, tries: -1}
	}
	if to == Signed && t.Kind != Signing {
		return d.keyed(tx, t, x)
	}
	moved, err := d.move(tx, &t, to, o)
	if err != nil || !moved {
		return err
	}
	t.Signature, t.Tries = o.signature, o.tries
	if to == Signed {
		return d.put(tx, MessageValidate, t.ID, Place{t.Customer, t.ID}, t.Expires.Add(validateFor))
	}
	return d.answeredOtherwise(tx, t)
}

// answeredOtherwise does what follows from an answer that is no signature.
func (d *Desk) answeredOtherwise(tx *db.Tx, t Transaction) error {
	d.ended(tx, system, t)
	x := d.Policies.Active().MobileID
	switch t.Status {
	case Canceled, Reported, WrongPIN, WrongControl, TimedOut:
		if t.Kind.asks() {
			if err := strike(tx, t.number, x); err != nil {
				return err
			}
		}
	default:
	}
	if t.Kind == Generating || t.Kind == Renewing {
		return d.unmade(tx, t)
	}
	told := t.Status == Reported || t.Status == Canceled && !t.Authentication.IsZero()
	if !told || d.Refused == nil {
		return nil
	}
	return d.Refused(tx, system, t)
}

// read says what an answer makes of a transaction. A transaction that signs is Signed by a signature;
// all others are Done.
func (t *Transaction) read(a Answer) (Status, outcome, applet.Answer) {
	if a.Status != 0 {
		return Failed, outcome{reason: CardError, tries: -1}, applet.Answer{}
	}
	x, err := applet.ParseAnswer(a.Data)
	if err != nil || x.Transaction != t.code || x.Kind != t.command() {
		return Failed, outcome{reason: BadAnswer, tries: -1}, x
	}
	o := outcome{tries: x.Tries}
	if x.Card != nil {
		o.card = cardStatus(x.Card).json()
	}
	if x.Result == applet.Done {
		return t.done(x, o)
	}
	to, why := resultOf(x.Result)
	o.reason = why
	return to, o, x
}

// done is the good answer to a kind of transaction.
func (t *Transaction) done(x applet.Answer, o outcome) (Status, outcome, applet.Answer) {
	switch t.Kind {
	case Signing, Renewing:
		if len(x.Signature) == 0 {
			return Failed, outcome{reason: BadAnswer, tries: -1}, x
		}
		o.signature = x.Signature
		return Signed, o, x
	case Generating:
		return Signed, o, x
	case Looking:
		if o.card == nil {
			return Failed, outcome{reason: BadAnswer, tries: -1}, x
		}
	case Unblocking, Showing, Erasing:
	}
	return Done, o, x
}

// command is what a kind of transaction is for the card.
func (t *Transaction) command() applet.Kind {
	return map[Kind]applet.Kind{
		Signing: applet.Sign, Renewing: applet.Sign, Generating: applet.Generate, Unblocking: applet.Unblock, Showing: applet.Show, Looking: applet.Status, Erasing: applet.Erase,
	}[t.Kind]
}

// resultOf is the state that a result leads to.
func resultOf(r applet.Result) (Status, Reason) {
	switch r {
	case applet.Cancelled:
		return Canceled, NoReason
	case applet.TimedOut:
		return TimedOut, PersonTime
	case applet.Postponed:
		return Postponed, NoReason
	case applet.WrongPIN:
		return WrongPIN, NoReason
	case applet.PINBlocked:
		return PINBlocked, NoReason
	case applet.PUKBlocked:
		return PINBlocked, PUKBlocked
	case applet.NotMe:
		return Reported, NoReason
	case applet.WrongControl:
		return WrongControl, NoReason
	case applet.NoKey:
		return Failed, NoKey
	case applet.Busy:
		return Failed, CardBusy
	case applet.Unsupported:
		return Failed, Unsupported
	case applet.TooLong:
		return Failed, TooLongForCard
	case applet.KeyExists:
		return Failed, KeyExists
	case applet.Done:
	}
	return Failed, BadAnswer
}

// Lost is told that a packet did not arrive, or that its answer will not be taken any more.
func (d *Desk) Lost(tx *db.Tx, message ident.ID, why Loss) error {
	t, found, err := byMessage(tx, message)
	if err != nil || !found || !t.Status.Waiting() {
		return err
	}
	x := d.Policies.Active().MobileID
	if why == LostExpired || t.At(tx.Now) == TimedOut {
		return d.expire(tx, &t, x)
	}
	reason := map[Loss]Reason{LostAbsent: PhoneAbsent, LostRefused: CenterRefused, LostRetired: OutOfService, LostRestored: Restarted}[why]
	if reason == "" {
		reason = CenterRefused
	}
	if moved, err := d.move(tx, &t, Undelivered, outcome{reason: reason, tries: -1}); err != nil || !moved {
		return err
	}
	d.ended(tx, system, t)
	return d.unmade(tx, t)
}
