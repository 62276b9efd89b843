package mobileid

import (
	"context"
	"crypto/subtle"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// MessageNothing is the outbox kind of what stands for a packet that is not sent; it is delivered to
// nobody.
const MessageNothing = "mobileid.nothing"

// Sign asks one person for a signature, and answers as soon as the packet is on its way: look
// with Get, or wait with Wait. Faults of form (Invalid): "mobileid.user", ".number", ".person",
// ".ttl", ".form", ".control", ".names", ".text", ".too_long", ".prefix", ".event", ".content",
// ".missing". Of the state: "mobileid.role" (Denied), ".busy" and ".duplicate" (Conflict), ".limited"
// and ".cool_down" (Limited). And to entitled providers only: "mobileid.unknown" (NotFound),
// ".suspended", ".hold", ".spam_missing", ".spam_wrong" (Denied), ".no_key" (Conflict).
func (d *Desk) Sign(ctx context.Context, by audit.Actor, in Request) (t Transaction, err error) {
	set := d.Policies.Active()
	if err := in.complete(set); err != nil {
		return t, err
	}
	s, err := d.who(ctx, in.User, set)
	if err != nil {
		return t, err
	}
	var refused error
	err = d.DB.Settle(ctx, s.customer, func(tx *db.Tx) error {
		t, refused, err = d.ask(tx, by, in, s, set)
		return err
	})
	if err == nil {
		err = refused
	}
	return t, err
}

// ask stores a request and leaves its packet. A refusal is kept with what was counted for it;
// an error undoes all.
func (d *Desk) ask(tx *db.Tx, by audit.Actor, in Request, s subject, set *policy.Set) (t Transaction, refused, err error) {
	x := set.MobileID
	if err := d.overdue(tx, s.tag, x); err != nil {
		return t, nil, err
	}
	if err := paced(tx, s.tag, x); err != nil {
		return t, limitedOnly(err), otherwise(err)
	}
	m, why, err := d.may(tx, in, s, x)
	if err != nil {
		return t, limitedOnly(err), otherwise(err)
	}
	if why != "" && in.Provider.Entitled {
		return t, entitled(why), nil
	}
	most := in.Provider.Rate
	if most == 0 {
		most = x.Limits.Provider
	}
	if err := rated(tx, "provider:"+in.Provider.Code, s.tag, most, x.Limits.Window); err != nil {
		return t, nil, err
	}
	if err := rated(tx, "", s.tag, x.Limits.All, x.Limits.Window); err != nil {
		return t, nil, err
	}
	if err := referred(tx, in.Provider.Code, in.Ref); err != nil {
		return t, nil, err
	}
	t, data, err := d.compose(tx, in, s, set)
	if err != nil {
		return t, nil, err
	}
	t.Withheld = why
	if err := d.leave(tx, by, &t, m, data); err != nil || in.Keep == nil {
		return t, nil, err
	}
	return t, nil, in.Keep(tx, t)
}

// limitedOnly is the part of an error that is a limit, and is kept with its count.
func limitedOnly(err error) error {
	if fault.KindOf(err) == fault.Limited {
		return err
	}
	return nil
}

func otherwise(err error) error {
	if fault.KindOf(err) == fault.Limited {
		return nil
	}
	return err
}

// leave stores a transaction, and its packet for the card.
func (d *Desk) leave(tx *db.Tx, by audit.Actor, t *Transaction, m MobileID, data []byte) error {
	stored, err := t.insert(tx)
	if err != nil {
		return err
	}
	if !stored {
		return busy()
	}
	audit.Record(tx, audit.Event{Kind: AuditAsked, By: by, Customer: t.Customer, Object: t.object(), Details: map[string]any{
		"kind": t.Kind, "provider": t.Provider, "role": t.Role.String(), "purpose": t.Purpose, "withheld": t.Withheld, "digest": hexText(t.Digest[:]), "shown": shownDigest(t.Shown),
	}})
	if t.Withheld != "" {
		return d.Outbox.Put(tx, outbox.Message{Kind: MessageNothing, Customer: t.Customer, Expires: t.Expires})
	}
	if t.message, err = d.Cards.Send(tx, Packet{Card: m.Card, Customer: t.Customer, Kind: string(t.Kind), Data: data, Expires: t.Expires}); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE mobile_id_request SET message = $3, key_id = $4 WHERE customer = $1 AND id = $2", t.Customer, t.ID, t.message, t.key)
	return err
}

func busy() error {
	return fault.Conflictf("mobileid.busy", "This phone is asked for something else at the moment. Ask again later.")
}

// overdue writes that nobody answered the last request of a number in time.
func (d *Desk) overdue(tx *db.Tx, tag []byte, x policy.MobileID) error {
	t, found, err := find(tx, "number = $1 AND status IN ('asked', 'delivered', 'signed') AND kind IN ('sign', 'generate', 'renew', 'unblock')", tag)
	if err != nil || !found || t.At(tx.Now) != TimedOut {
		return err
	}
	return d.expire(tx, &t, x)
}

// may says why nothing can be sent; "" for nothing. It runs the same statements for everybody.
func (d *Desk) may(tx *db.Tx, in Request, s subject, x policy.MobileID) (m MobileID, why Reason, err error) {
	if m, _, err = Get(tx, s.customer, s.mobile); err != nil {
		return m, "", err
	}
	spam, err := d.spam(tx, in, s.tag, m, x)
	if err != nil {
		return m, "", err
	}
	k, keyed, err := liveKey(tx, s.customer, s.mobile, in.Role)
	if err != nil {
		return m, "", err
	}
	card, there, err := d.Cards.Card(tx, m.Card)
	if err != nil {
		return m, "", err
	}
	active, err := signs(tx, s.customer)
	switch {
	case err != nil:
		return m, "", err
	case s.why != "" || m.ID.IsZero() || m.State.Registering() || m.State == StateRefused || m.State == StateFailed || m.State == StateRevoked:
		return m, NoCard, nil
	case spam != "":
		return m, spam, nil
	case m.State == StateSuspended || !active:
		return m, Suspension, nil
	case m.OnHold(tx.Now):
		return m, OnHold, nil
	case !there || !card.Usable:
		return m, OutOfService, nil
	case !keyed || !tx.Now.Before(k.Expires):
		return m, NoKey, nil
	}
	return m, "", nil
}

// signs reports whether a customer may authenticate: neither suspended nor closed.
func signs(tx *db.Tx, id ident.ID) (bool, error) {
	c, found, err := customer.Find(tx, id)
	return found && c.Status == customer.Active, err
}

// spam judges the spam-prevention code: before anything is sent, and counted as for everybody.
func (d *Desk) spam(tx *db.Tx, in Request, tag []byte, m MobileID, x policy.MobileID) (Reason, error) {
	until, blocked, err := guessed(tx, tag)
	right := subtle.ConstantTimeCompare(d.spamTag(m.ID, foldedSpam(in.Spam)), m.spam)|subtle.ConstantTimeCompare(d.spamTag(m.ID, in.Spam), m.spam) == 1 // the latter: set before codes were folded
	switch {
	case err != nil:
		return "", err
	case in.hub.proven:
		return "", nil
	case in.Spam == "" && !m.Guarded:
		return "", nil
	case in.Spam == "":
		return SpamMissing, nil
	case blocked:
		return "", coolDown(until.Sub(tx.Now))
	case right:
		_, err = refusals.Clear(tx, guesses(tag))
		return "", err
	case !m.Guarded && !m.ID.IsZero():
		return "", nil
	}
	return SpamWrong, guess(tx, tag, x)
}

// foldedSpam is the form in which codes are compared: phones begin words with a capital and add blanks, and write umlauts in two ways.
func foldedSpam(code string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(code)))
}

func (d *Desk) spamTag(mobile ident.ID, code string) []byte {
	return d.Ring.MAC(spamLabel, mobile[:], []byte(code))
}

// entitled says why nothing was sent, to those who may know.
func entitled(why Reason) error {
	switch why {
	case SpamMissing:
		return fault.Deniedf("mobileid.spam_missing", "This person has set a spam-prevention code: ask for it, and send it along.").WithField("/spam")
	case SpamWrong:
		return fault.Deniedf("mobileid.spam_wrong", "The spam-prevention code is wrong.").WithField("/spam")
	case Suspension:
		return fault.Deniedf("mobileid.suspended", "The mobile ID of this number is suspended.")
	case OnHold:
		return fault.Deniedf("mobileid.hold", "The mobile ID of this number is on another SIM now, and can be used later.")
	case NoKey:
		return fault.Conflictf("mobileid.no_key", "This mobile ID has no certificate of the kind, or it has ended.")
	case OutOfService:
		return fault.Conflictf("mobileid.card", "The SIM of this number is out of service.")
	default: // nobody's
	}
	return fault.NotFoundf("mobileid.unknown", "Nobody has a mobile ID under this number.")
}
