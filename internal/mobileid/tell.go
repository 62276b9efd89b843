package mobileid

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// How long packets wait for a phone that ask nobody for anything.
const (
	keepErase  = 24 * time.Hour
	keepStatus = time.Minute
)

// tell leaves a command for the card that asks the person for nothing. A card that is out of
// service is told nothing.
func (u *unit) tell(k Kind, c applet.Command) error {
	card, found, err := u.d.Cards.Card(u.tx, u.m.Card)
	if err != nil || !found || !card.Usable {
		return err
	}
	_, err = u.leave(k, c, map[Kind]time.Duration{Erasing: keepErase, Looking: keepStatus}[k])
	return err
}

// leave stores a transaction that the server has with the card, and its packet.
func (u *unit) leave(k Kind, c applet.Command, ttl time.Duration) (t Transaction, err error) {
	if c.Transaction, _, err = u.d.draw(); err != nil {
		return t, err
	}
	data, err := c.Append(nil)
	if err != nil {
		return t, fmt.Errorf("mobileid: %s: %w", k, err)
	}
	t = u.task(c, k)
	t.Expires = u.tx.Now.Add(ttl)
	return t, u.d.leave(u.tx, u.by, &t, u.m, data)
}

// Query asks the card what it has: which keys, and how many tries are left. Look with Get or Wait, or
// at the Profile. It needs no proof. Faults as of Suspend.
func (d *Desk) Query(ctx context.Context, by audit.Actor, o Order) (t Transaction, err error) {
	o.Reason = "query"
	_, err = d.order(ctx, by, o, needNothing, func(u *unit, _ string) error {
		if err := u.servable(); err != nil {
			return err
		}
		t, err = u.leave(Looking, applet.Command{Kind: applet.Status}, keepStatus)
		return err
	})
	return t, err
}

// Unblock opens the dialog on the phone in which the person gives the PUK, and chooses a new PIN for
// a role. Customers give a proof, staff identify them. Faults as of Suspend, and
// "mobileid.busy" (Conflict), "mobileid.role" (Invalid).
func (d *Desk) Unblock(ctx context.Context, by audit.Actor, o Order) (t Transaction, err error) {
	if !o.Role.Valid() {
		return t, fault.Invalidf("mobileid.role", "Say which PIN is to be unblocked: of authentication or of signing.").WithField("/role")
	}
	if o.Reason == "" {
		o.Reason = "PIN forgotten"
	}
	_, err = d.order(ctx, by, o, needProof, func(u *unit, _ string) error {
		if err := u.servable(); err != nil {
			return err
		}
		if err := d.overdue(u.tx, u.m.tag, u.set.MobileID); err != nil {
			return err
		}
		x := u.set.MobileID
		lang, err := u.language()
		if err != nil {
			return err
		}
		t, err = u.leave(Unblocking, applet.Command{Kind: applet.Unblock, Role: o.Role, Service: x.Service, Seconds: secondsOf(x.Registration), Language: lang}, x.Registration)
		return err
	})
	return t, err
}

// servable refuses acts with a card that is not in use.
func (u *unit) servable() error {
	if u.m.State != StateActive && u.m.State != StateSuspended {
		return fault.Conflictf("mobileid.state", "The mobile ID is %s, which does not allow this.", u.m.State)
	}
	card, found, err := u.d.Cards.Card(u.tx, u.m.Card)
	if err == nil && (!found || !card.Usable) {
		err = fault.Conflictf("mobileid.card", "The SIM of this number is out of service.")
	}
	return err
}

func (u *unit) language() (string, error) {
	c, _, err := customer.Find(u.tx, u.m.Customer)
	return languageOf(u.set.MobileID, c.Locale), err
}

// Spam codes have 3 to 16 characters, the first one a letter (FiCom).
const minSpam, maxSpam = 3, 16

// SetSpam sets the spam-prevention code of a mobile ID, without which no provider has its phone asked;
// "" takes it away. Customers give a proof, staff identify them. Fault: "mobileid.spam" (Invalid).
func (d *Desk) SetSpam(ctx context.Context, by audit.Actor, o Order, code string) (MobileID, error) {
	code = strings.TrimSpace(norm.NFKC.String(code))
	if code != "" && !goodSpam(code) {
		return MobileID{}, fault.Invalidf("mobileid.spam", "The code has %d to %d letters and digits, and begins with a letter.", minSpam, maxSpam).WithField("/spam")
	}
	if o.Reason == "" {
		o.Reason = "spam-prevention code"
	}
	return d.order(ctx, by, o, needProof, func(u *unit, _ string) error {
		var tag []byte
		if code != "" {
			tag = d.spamTag(u.m.ID, foldedSpam(code))
		}
		if _, err := u.tx.Exec("UPDATE mobile_id SET spam = $3 WHERE customer = $1 AND id = $2", u.m.Customer, u.m.ID, tag); err != nil {
			return err
		}
		if _, err := refusals.Clear(u.tx, guesses(u.m.tag)); err != nil {
			return err
		}
		u.m.Guarded = code != ""
		return u.record(AuditSpam, map[string]any{"set": u.m.Guarded})
	})
}

func goodSpam(s string) bool {
	n := utf8.RuneCountInString(s)
	first, _ := utf8.DecodeRuneInString(s)
	return n >= minSpam && n <= maxSpam && unicode.IsLetter(first) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// CardMoved is told that another card took a number, in the transaction of it: the mobile ID is
// suspended until it is registered anew on the new card.
func (d *Desk) CardMoved(tx *db.Tx, by audit.Actor, from Card) error {
	m, found, err := byCard(tx, from.ID)
	if err != nil || !found {
		return err
	}
	u, err := d.unit(tx, by, d.Policies.Active(), m.Customer, m.ID)
	if err != nil {
		return err
	}
	switch {
	case m.State == StateActive || m.State == StateSuspended:
		if held, err := u.hold(ByCard, "another SIM has the number"); err != nil || !held {
			return err
		}
	case m.State.Registering():
		if err := u.withdraw(); err != nil {
			return err
		}
		return u.end(Fail, AuditFailed, "another SIM has the number")
	default:
		return nil
	}
	return u.record(AuditCard, nil)
}
