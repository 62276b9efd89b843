package token

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records about a token's life.
const (
	AuditSuspended  = "token.suspended"
	AuditResumed    = "token.resumed"
	AuditLost       = "token.lost"
	AuditFound      = "token.found"
	AuditReturned   = "token.returned"
	AuditRetired    = "token.retired"
	AuditExtended   = "token.extended"
	AuditRenamed    = "token.renamed"
	AuditGiven      = "token.given"              // in place of another one
	AuditActivated  = "token.activated"          // by its first code
	AuditNoFirst    = "token.activation_refused" // a wrong first code
	AuditReplaced   = "token.replaced"           // its successor was proven
	AuditBulkDone   = "token.bulk_done"
	AuditBulkFailed = "token.bulk_failed"
)

// Care looks after tokens between import and end: it suspends, replaces and
// retires them, and takes them back. See docs/conformance/lifecycle.md for what is
// possible when. Its methods are use cases. Use NewCare.
type Care struct {
	tokens *Tokens
	active func() *policy.Set
	forget []Forget
}

// Forget drops what another package keeps about a token that is leaving its hands:
// a reservation, for example. It runs in the transaction of the act.
type Forget func(tx *db.Tx, id ident.ID) error

// NewCare returns the care of tokens under the policies that active says are in
// force, such as policy.Book.Active. All forget are asked whenever a token comes
// to stock or leaves it.
func NewCare(t *Tokens, active func() *policy.Set, forget ...Forget) *Care {
	return &Care{tokens: t, active: active, forget: forget}
}

// Order is one act on one token.
type Order struct {
	Device   ident.ID
	Customer ident.ID // whose token it is taken for, if the caller knows; zero: whoever has it
	Why      Warrant  // nil for acts that staff may do without one
	Reason   string   // for people, 1–200 characters; some acts need none
	EvenLast bool     // also when the customer is left without a token that can be used
}

// Effect is what an act left behind.
type Effect struct {
	Device device.Device // as it is now
	Left   int64         // how many tokens its owner can use now; 0 for a token that was nobody's
}

// Suspend takes an active token out of use until it is resumed. Customers need no
// warrant for their own.
func (c *Care) Suspend(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Suspend)
}

// Resume puts a suspended token into use again. It needs a warrant: whoever asks
// might be why it was suspended. Staff only.
func (c *Care) Resume(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Resume)
}

// Lose records that a token is out of its owner's hands. It needs a warrant. It
// is never refused because it is the last one; Effect.Left tells. Customers need a
// [SecondProof] by another token of theirs.
func (c *Care) Lose(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	o.EvenLast = true
	return c.act(ctx, by, o, device.Lose)
}

// Retire ends a token for good. Staff only.
func (c *Care) Retire(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Retire)
}

// Return takes a token back to stock, from where another customer may get it: see
// forgetOwner for what is cut off. Staff only.
func (c *Care) Return(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Return)
}

// act is the use case of the acts that need nothing but an order.
func (c *Care) act(ctx context.Context, by audit.Actor, o Order, a device.Act) (out Effect, err error) {
	if o.Reason, err = readReason(o.Reason, a != device.Resume && a != device.Find); err != nil {
		return out, err
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		d, err := o.read(tx, by, a)
		if err != nil {
			return err
		}
		out, err = c.do(tx, by, o, d, device.Change{Act: a, Note: o.Reason}, nil)
		return err
	})
	return out, err
}

// read returns the token of an order once it is clear that by may act on it.
func (o Order) read(tx *db.Tx, by audit.Actor, a device.Act) (device.Device, error) {
	d, found, err := device.Get(tx, o.Device)
	switch {
	case err != nil:
		return d, err
	case !found || d.Kind != device.Token:
		return d, fault.NotFoundf("token.unknown", "There is no such token.")
	case !o.Customer.IsZero() && d.Customer != o.Customer:
		return d, fault.Conflictf("token.not_theirs", "This token is not this customer's: compare the serial number on it.").WithField("serial")
	}
	return d, o.entitled(tx, by, d, a)
}

// entitled refuses an act whose warrant is missing or does not hold.
func (o Order) entitled(tx *db.Tx, by audit.Actor, d device.Device, a device.Act) error {
	own := by.Kind == audit.CustomerKind
	if own {
		if err := o.ownAct(by, d, a); err != nil {
			return err
		}
	}
	switch {
	case d.Customer.IsZero():
		return nil
	case o.Why != nil:
		return o.Why.Check(tx, d.Customer, by)
	case own && a == device.Suspend: // whoever stops a token gains nothing
		return nil
	case own || a == device.Resume || a == device.Lose || a == device.Find || a == device.Replace || a == device.Give:
		return fault.Deniedf("identification.required", "Identify the customer first: this act needs an identification of your own that passed.").WithField("/identification")
	}
	return nil
}

// SecondProof is a warrant of customers who act for themselves: codes that tokens of
// theirs gave just now.
type SecondProof interface {
	Warrant
	Shown() []ident.ID // the devices that gave them
}

// ownAct refuses what customers may not do with their own tokens, whatever they
// show. What a customer has stopped only the help desk sets going again: else
// whoever found the token and its PIN could.
func (o Order) ownAct(by audit.Actor, d device.Device, a device.Act) error {
	switch {
	case d.Customer != by.ID:
		return fault.Deniedf("token.not_yours", "Customers act on their own tokens only.")
	case a != device.Suspend && a != device.Lose:
		return fault.Deniedf("token.help_desk", "Please call the help desk: only they can do this.")
	case a == device.Suspend:
		return nil
	}
	if p, ok := o.Why.(SecondProof); !ok || len(p.Shown()) == 0 || slices.Contains(p.Shown(), d.ID) {
		return fault.Deniedf("token.second_proof", "Give a code of another token of yours: a lost one cannot say so itself. If there is none, have this one stopped.")
	}
	return nil
}

// errState says that a token is not in a state that allows an act, or that it was
// changed by somebody else since it was read.
func errState(d device.Device, a device.Act) error {
	if _, allowed := a.To(d.Status); allowed && d.ReplacedBy.IsZero() {
		return fault.Conflictf("token.changed", "Somebody else has changed this token in the same moment. Look at it again.")
	}
	if !d.ReplacedBy.IsZero() {
		return fault.Conflictf("token.replaced", "Another token has taken the place of this one.")
	}
	return fault.Conflictf("token.state", "This token is %s; that does not allow this act. Somebody else may have been first: look at it again.", d.Status)
}

// do carries an act out in the transaction that has read d; more goes into the
// audit record. When it answers with a Conflict nothing was changed, so that a bulk
// act can go on.
func (c *Care) do(tx *db.Tx, by audit.Actor, o Order, d device.Device, ch device.Change, more map[string]any) (Effect, error) {
	before, err := c.hold(tx, &d)
	if err != nil {
		return Effect{}, err
	}
	if err := o.still(tx, by, d); err != nil {
		return Effect{}, err
	}
	usable := d.Usable(tx.Now)
	to, _ := ch.Act.To(d.Status)
	if usable && to != device.Active && before <= 1 && !o.EvenLast {
		return Effect{}, fault.Conflictf("token.last", "This is the customer's last token that can be used. Replace it, or say that the customer is to be left without one.").WithField("/even_last")
	}
	done, err := d.Change(tx, ch)
	if err != nil {
		return Effect{}, err
	}
	if !done {
		return Effect{}, errState(d, ch.Act)
	}
	if err := c.follow(tx, d, ch.Act); err != nil {
		return Effect{}, err
	}
	out := Effect{Left: before}
	if out.Device, _, err = device.Get(tx, d.ID); err != nil {
		return Effect{}, err
	}
	switch now := out.Device.Usable(tx.Now); {
	case usable && !now:
		out.Left--
	case !usable && now:
		out.Left++
	}
	o.record(tx, by, d, ch, out, more)
	return out, nil
}

// hold keeps the usable tokens of d's owner from being taken out of use by anybody
// else, counts them, and reads d again: whoever was first has committed by then.
func (c *Care) hold(tx *db.Tx, d *device.Device) (usable int64, err error) {
	if d.Customer.IsZero() {
		return 0, nil
	}
	if usable, err = device.HoldUsable(tx, device.Token, d.Customer); err != nil {
		return 0, err
	}
	now, found, err := device.Get(tx, d.ID)
	if err != nil {
		return 0, err
	}
	if !found || now.Customer != d.Customer || now.Status != d.Status {
		return 0, fault.Conflictf("token.changed", "Somebody else has changed this token in the same moment. Look at it again.")
	}
	*d = now
	return usable, nil
}

// still looks at a customer's own warrant again, now that nobody else can take their
// tokens out of use: of two tokens that report each other, the first is believed.
func (o Order) still(tx *db.Tx, by audit.Actor, d device.Device) error {
	if by.Kind != audit.CustomerKind || o.Why == nil {
		return nil
	}
	return o.Why.Check(tx, d.Customer, by)
}

// follow does what an act means for the inside of a token.
func (c *Care) follow(tx *db.Tx, d device.Device, a device.Act) error {
	switch a {
	case device.Return:
		if err := c.forgetOwner(tx, d.ID); err != nil {
			return err
		}
	case device.Retire:
		if err := endHandover(tx, d.ID); err != nil {
			return err
		}
	case device.Lose: // a successor of it may be on its way, and may come
		_, err := tx.Exec("DELETE FROM token_handover WHERE device = $1", d.ID)
		return err
	default:
		return nil
	}
	for _, f := range c.forget {
		if err := f(tx, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// record leaves the audit record of an act on d, which was read before.
func (o Order) record(tx *db.Tx, by audit.Actor, d device.Device, ch device.Change, out Effect, more map[string]any) {
	kind := map[device.Act]string{
		device.Suspend: AuditSuspended, device.Resume: AuditResumed, device.Lose: AuditLost, device.Find: AuditFound,
		device.Return: AuditReturned, device.Retire: AuditRetired, device.Extend: AuditExtended,
	}[ch.Act]
	details := map[string]any{"serial": d.Serial, "from": d.Status, "left": out.Left}
	if o.Reason != "" {
		details["reason"] = o.Reason
	}
	if ch.Act == device.Extend {
		details["ends_at"] = ch.Ends
	}
	for k, v := range more {
		details[k] = v
	}
	o.note(details, d)
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: d.Customer, Object: "device:" + d.ID.String(), Details: details})
}

// note names the warrant, if it was needed.
func (o Order) note(details map[string]any, d device.Device) {
	if o.Why != nil && !d.Customer.IsZero() {
		key, value := o.Why.Note()
		details[key] = value
	}
}

// readReason gives a reason in normal form.
func readReason(s string, needed bool) (string, error) {
	s, ok := readText(s, 200)
	if !ok || needed && s == "" {
		return "", fault.Invalidf("token.reason", "Say why, in 1 to 200 characters that can be shown.").WithField("/reason")
	}
	return s, nil
}

// readText folds blanks and refuses what cannot be shown.
func readText(s string, most int) (string, bool) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	n := 0
	for _, r := range s {
		if n++; n > most || !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' || r == unicode.ReplacementChar {
			return "", false
		}
	}
	return s, true
}

// Rename sets what the owner calls a token, at most 60 characters; "" for no name.
func (c *Care) Rename(ctx context.Context, by audit.Actor, o Order, name string) (out device.Device, err error) {
	name, ok := readText(name, 60)
	if !ok {
		return out, fault.Invalidf("token.name", "A name has at most 60 characters, all of which can be shown.").WithField("/name")
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		d, found, err := device.Get(tx, o.Device)
		switch {
		case err != nil:
			return err
		case !found || d.Kind != device.Token:
			return fault.NotFoundf("token.unknown", "There is no such token.")
		case !o.Customer.IsZero() && d.Customer != o.Customer:
			return fault.Conflictf("token.not_theirs", "This token is not this customer's: compare the serial number on it.").WithField("serial")
		case by.Kind == audit.CustomerKind && by.ID != d.Customer:
			return fault.Deniedf("token.not_yours", "Customers act on their own tokens only.")
		case d.Customer.IsZero():
			return fault.Conflictf("token.no_owner", "This token is nobody's, so nobody has a name for it.")
		}
		done, err := device.Rename(tx, d.ID, d.Customer, name)
		if err != nil {
			return err
		}
		if !done {
			return fault.Conflictf("token.changed", "The token is retired, or somebody else has changed it in the same moment. Look at it again.")
		}
		audit.Record(tx, audit.Event{Kind: AuditRenamed, By: by, Customer: d.Customer, Object: "device:" + d.ID.String(), Details: map[string]any{"name": name}})
		out, _, err = device.Get(tx, d.ID)
		return err
	})
	return out, err
}
