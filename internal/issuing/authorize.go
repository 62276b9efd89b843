package issuing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Kinds of the audit records of this package.
const (
	AuditAuthorized = "issuing.authorized"
	AuditReversed   = "issuing.reversed"
	AuditAdvised    = "issuing.advised"
)

// keyLabel is that of the keyed hashes of messages' keys: for ever the same.
const keyLabel = "issuing.key"

// Desk authorizes payments: its methods are the use cases. It is safe for concurrent use. DB, Ring, Vault and Rand are required.
type Desk struct {
	DB    *db.DB
	Ring  *keyring.Ring
	Vault *vault.Desk
	Rand  io.Reader // for ids and codes

	Policies Policies // says what is allowed under restrictions; nil: nothing in part

	// Assess judges a payment by the devices around the customer, such as interaction.Desk.Assess. Nil: nobody does.
	Assess func(*db.Tx, audit.Actor, interaction.Ask) (interaction.Decision, bool, error)
	// Risk judges a payment by its circumstances. Nil: nobody does.
	Risk Risker
	// Risky reports whether Risk judges now: where it does not, nothing is read for it. Nil: it does.
	Risky func() bool
	// Contributed lists the short numbers of the devices whose half of a key took part in its cryptograms, such as
	// wallet.Desk.Contributed. Nil: those that the request names.
	Contributed func(tx *db.Tx, token ident.ID, x cryptogram.Index) ([]int, error)
	// Used hears, in the transaction of it, that a payment took of a key, such as wallet.Desk.Low; the grant is as it is then. Nil: nobody.
	Used func(tx *db.Tx, p *vault.Paying) error
}

// Counters lists the transaction counters of the right cryptograms of a token that were looked at since a moment, whatever was decided and whoever decided:
// its device made them, or a copy of it did.
func Counters(tx *db.Tx, token ident.ID, since time.Time) (all []int, err error) {
	err = tx.Each("SELECT counter FROM issuing_authorization WHERE token = $1 AND id >= $2 AND reason IN ($3, $4, $5, $6, $7) ORDER BY id",
		[]any{token, first(since), string(NoReason), string(WornKey), string(Pattern), string(Restriction), string(Risk)}, func(r db.Row) error {
			var n int
			err := r.Scan(&n)
			all = append(all, n)
			return err
		})
	return all, err
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// Authorize decides a payment, once for each key. The fault "issuing.request" (Invalid) is for a request that makes no sense; whatever
// else speaks against it is a decision.
func (d *Desk) Authorize(ctx context.Context, by audit.Actor, r Request) (out Decision, err error) {
	if err := r.check(); err != nil {
		return out, err
	}
	number := d.Ring.MAC(keyLabel, []byte("number"), []byte(r.Number))
	digest, err := r.digest(number)
	if err != nil {
		return out, err
	}
	said, seen, err := d.risked(ctx, by, &r, digest)
	if err != nil {
		return out, err
	}
	// Payments of different tokens share commits. Those of one come one after another, so that what each looked at stays so until it is stored.
	key := ident.Derive("issuing", hex.EncodeToString(number))
	for range tries {
		err = d.DB.Settle(ctx, key, func(tx *db.Tx) (err error) {
			x := attempt{d: d, tx: tx, by: by, r: &r, kind: kindRequest, said: said, seen: &seen}
			out, err = x.once(digest)
			return err
		})
		if !db.IsUnique(err) {
			break
		}
	}
	if err == nil && said.Done != nil {
		said.Done(ctx, out.Approves())
	}
	return out, err
}

// tries is how often a request is decided whose message, or its reversal, was stored elsewhere meanwhile: then it is there the next time.
const tries = 3

// once decides a request, unless it was decided before.
func (x *attempt) once(digest []byte) (out Decision, err error) {
	m, err := x.d.before(x.tx, x.r.Key, digest)
	if err != nil || m.over {
		return m.answer, err
	}
	out = Decision{ID: ident.New(x.tx.Now, x.d.Rand), Currency: x.r.Currency, Created: x.tx.Now}
	if m.reversed {
		out.Outcome, out.Reason = Decline, Reversed
	} else if out.Outcome, out.Reason, err = x.decide(&out); err != nil {
		return out, err
	}
	if out.Approves() {
		if out.Code, err = x.d.code(); err != nil {
			return out, err
		}
	}
	if err := x.respond(&out); err != nil {
		return out, err
	}
	return out, x.store(&m, &out)
}

// code is an authorization code: six digits at random.
func (d *Desk) code() (string, error) {
	n, err := rand.Int(d.Rand, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("issuing: a code at random: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// attempt is a request that is being decided.
type attempt struct {
	d    *Desk
	tx   *db.Tx
	by   audit.Actor
	r    *Request
	kind string
	said Risked
	seen *sight // what was seen before the transaction; nil: nothing

	pay vault.Paying

	proven *cryptogram.Key // the key of the request's cryptogram, which was right; nil: it was not, or was not looked at
	method string          // of the answer to a chip, of the portfolio
}

// Kinds of what is recorded.
const (
	kindRequest = "request"
	kindAdvice  = "advice"
)

// decide goes through what may speak against the request; the first that does decides.
func (x *attempt) decide(out *Decision) (Outcome, Reason, error) {
	if why, err := x.standing(out); err != nil || why != NoReason {
		return Decline, why, err
	}
	if why, err := x.prove(out); err != nil || why != NoReason {
		return Decline, why, err
	}
	outcome, why, err := x.judge(out)
	if err != nil || outcome != Approve && outcome != Partial {
		return outcome, why, err
	}
	if outcome, why = x.byRisk(outcome, why, out); outcome != Approve && outcome != Partial {
		return outcome, why, nil
	}
	worn, err := x.pay.Use(x.tx, out.Approved, x.r.Currency)
	if err != nil || worn != "" {
		out.Approved, out.Detail = 0, string(worn)
		return Decline, WornKey, err
	}
	if x.d.Used != nil {
		err = x.d.Used(x.tx, &x.pay)
	}
	return outcome, why, err
}

// load reads token, customer, card, portfolio and key; false when there is no such token.
func (x *attempt) load() (found bool, err error) {
	x.pay, found, err = x.d.Vault.Paying(x.tx, x.r.Number, x.r.index())
	return found, err
}

// standing looks at token, device and card.
func (x *attempt) standing(out *Decision) (Reason, error) {
	found, err := x.load()
	t := &x.pay.Token
	if err != nil || !found {
		return UnknownToken, err
	}
	out.Token, out.Customer = t.ID, t.Customer
	switch {
	case t.Status == vault.Deleted:
		out.Detail = string(t.Status)
		return UnknownToken, nil
	case !t.Expires.After(x.tx.Now):
		return Expired, nil
	case x.pay.Holder != string(customer.Active):
		out.Detail = "customer"
		return Standing, nil
	case x.pay.Standing != vault.Good:
		out.Detail = string(x.pay.Standing)
		return Standing, nil
	case x.pay.CardOver(x.tx.Now):
		out.Detail = "card"
		return Expired, nil
	case t.Status != vault.Active:
		out.Detail = string(t.Status)
		return Suspended, nil
	case !x.r.Device.IsZero() && x.r.Device != t.Device:
		return OtherDevice, nil
	}
	return NoReason, nil
}

// prove looks at the cryptogram, its counter, and whether its key is worn.
func (x *attempt) prove(out *Decision) (Reason, error) {
	right, err := x.right()
	if err != nil {
		return WrongCryptogram, err
	}
	if !right {
		return WrongCryptogram, vault.Missed(x.tx, x.pay.Token.ID, x.r.index())
	}
	if fresh, err := x.pay.Counter(x.tx, x.r.counter()); err != nil || !fresh {
		return OldCounter, err
	}
	if worn := x.pay.Look(x.tx, x.r.Amount, x.r.Currency); worn != "" {
		out.Detail = string(worn)
		return WornKey, nil
	}
	return NoReason, nil
}

// right reports whether the cryptogram is that of the request, and remembers its key. It changes nothing. What was found before the transaction holds: a key
// follows from token, index and key set, which never change.
func (x *attempt) right() (bool, error) {
	if s := x.seen; s != nil && !s.pay.Grant.Token.IsZero() && s.pay.Grant.Token == x.pay.Grant.Token && s.pay.Grant.KeySet == x.pay.Grant.KeySet && s.looked {
		x.proven, x.method = s.proven, x.pay.Portfolio.Profile.Response
		return x.proven != nil, nil
	}
	if x.pay.Grant.Kind == vault.Data && x.r.Code == nil {
		return false, nil // data are good for codes alone
	}
	raw, err := x.d.Vault.LimitedKeyOf(&x.pay)
	if err != nil || raw == nil {
		return false, err
	}
	defer clear(raw)
	p := &x.pay.Portfolio.Profile
	suite, err := p.CipherSuite()
	if err != nil {
		return false, err
	}
	k, err := cryptogram.NewKey(suite, raw)
	if err != nil {
		return false, err
	}
	if !x.r.proves(k, p.Static) {
		return false, nil
	}
	x.proven, x.method = k, p.Response
	return true, nil
}

// judge asks what the customer's devices say of it.
func (x *attempt) judge(out *Decision) (Outcome, Reason, error) {
	out.Approved = x.r.Amount
	v, judged, err := x.assess(x.r.Amount)
	if err != nil || !judged || !v.Counts() {
		return Approve, NoReason, err
	}
	out.Judged = v.ID
	switch v.Outcome {
	case judge.Allow, judge.Limited:
		return Approve, NoReason, nil
	case judge.Deny:
		out.Approved = 0
		return Decline, Pattern, nil
	case judge.StepUp, judge.Thin:
	}
	if most := x.d.within(&v, x.r.Currency); x.r.Partial && most > 0 && most < x.r.Amount {
		part, judged, err := x.assess(most)
		if err != nil {
			return Decline, Restriction, err
		}
		if judged && (part.Outcome == judge.Allow || part.Outcome == judge.Limited) {
			out.Judged, out.Approved = part.ID, most
			return Partial, Restriction, nil
		}
	}
	out.Approved = 0
	if v.Details.Over != "" {
		out.Detail = v.Details.Over
		return Decline, Restriction, nil
	}
	return StepUp, Pattern, nil
}

// within is the amount of a payment that restrictions allow, where they are what stands against it; 0 for none.
func (d *Desk) within(v *interaction.Decision, currency string) int64 {
	if d.Policies == nil || v.Details.Over != "amount" {
		return 0
	}
	r := d.Policies.Active().Interaction.Restrictions
	if r.Currency != currency {
		return 0
	}
	return r.Amount
}

func (x *attempt) assess(amount int64) (interaction.Decision, bool, error) {
	if x.d.Assess == nil {
		return interaction.Decision{}, false, nil
	}
	contributed := x.r.Contributed
	if x.pay.Grant.Kind == vault.Data {
		contributed = nil // other devices gave what opens data, which proves no more than that it was readable once
	} else if x.d.Contributed != nil {
		var err error
		if contributed, err = x.d.Contributed(x.tx, x.pay.Token.ID, x.r.index()); err != nil {
			return interaction.Decision{}, false, err
		}
	}
	return x.d.Assess(x.tx, x.by, interaction.Ask{
		Customer: x.pay.Token.Customer, Primary: x.pay.Token.Device, Reference: "payment " + x.r.Merchant.Terminal, Currency: x.r.Currency, Access: x.r.Access,
		Interface: x.r.Interface, Contributed: contributed,
		Request: judge.Request{Kind: judge.Transaction, Amount: amount, Category: x.r.Merchant.Category, Contactless: x.r.Contactless},
	})
}
