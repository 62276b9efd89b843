package passcode

import (
	"fmt"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

// Passcodes sends and checks codes by text message: an authenticator.Method. Use New.
type Passcodes struct {
	db        *db.DB
	ring      *keyring.Ring
	random    io.Reader
	customers *customer.Register
	texts     *sms.Desk
	budget    *sms.Budget
	outbox    *outbox.Outbox
}

// Config is what Passcodes work with; all fields are needed.
type Config struct {
	DB        *db.DB
	Ring      *keyring.Ring
	Rand      io.Reader
	Customers *customer.Register
	Texts     *sms.Desk
	Budget    *sms.Budget
	Outbox    *outbox.Outbox
}

// New returns the method.
func New(c Config) *Passcodes {
	return &Passcodes{db: c.DB, ring: c.Ring, random: c.Rand, customers: c.Customers, texts: c.Texts, budget: c.Budget, outbox: c.Outbox}
}

// Factor implements authenticator.Method.
func (p *Passcodes) Factor() authenticator.Factor { return authenticator.Possession }

// sender is who sends codes, as the audit log has it.
var sender = audit.System("passcode")

// Withheld says why no text left for a code that was asked for. It is for the bank's
// systems and staff, never for the customer. Those of budgets are sms.Verdict.
type Withheld string

// Reasons.
const (
	NoPhone      Withheld = "no_phone"      // no phone is registered, or its number was removed
	RequestLimit Withheld = "request_limit" // too many were asked for without a right one (F-6.8)
	NotTried     Withheld = "not_tried"     // the authenticator is blocked, disabled or over: no code would be taken
)

// Begin makes a code for the request and sends it, in the caller's transaction. It is
// the same code until the next one may be asked for, and whatever becomes of it
// the answer has the same form: see the package comment.
func (p *Passcodes) Begin(tx *db.Tx, r authenticator.Request) (authenticator.Challenge, error) {
	if r.Policy.Use == policy.UseSign && r.Payment.IsZero() {
		return authenticator.Challenge{}, fmt.Errorf("passcode: the policy %q approves payments, and there is none", r.Policy.Code)
	}
	phone, err := activePhone(tx, r.Customer)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	c, fresh, err := p.claim(tx, r, phone)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	to, number, err := p.destination(tx, r.Customer, c.Phone)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	if !fresh {
		return c.challenge(to), nil
	}
	e := p.envoy(&r, &c, number)
	e.counts = c.Phone
	shut, err := shut(tx, r)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	if err := e.send(tx, shut); err != nil {
		return authenticator.Challenge{}, err
	}
	return c.challenge(to), nil
}

// shut reports whether no code would be taken: then none is sent. A policy that came into
// force after the phone was registered counts as the customer's from the first code on.
func shut(tx *db.Tx, r authenticator.Request) (bool, error) {
	a, found, err := authenticator.Get(tx, r.Customer, r.Policy.Code)
	return found && (a.Status != authenticator.Enabled || a.Expired(tx.Now) || a.Failures.Blocked(tx.Now)), err
}

// envoy sends one code.
type envoy struct {
	*Passcodes
	rule     policy.Passcode
	texts    policy.SMS
	code     *code
	number   string // "" for nobody's
	spending sms.Spending
	body     message
	counts   ident.ID // the phone whose request limit counts it; zero for none
}

// envoy makes a new code for the claimed row.
func (p *Passcodes) envoy(r *authenticator.Request, c *code, number string) *envoy {
	e := &envoy{
		Passcodes: p, rule: r.Policy.Passcode, texts: r.Set.SMS, code: c, number: number,
		spending: sms.Spending{Customer: r.Customer, Number: number, Source: r.Asking.Source},
		body:     message{host: r.Set.SMS.Host, code: authenticator.Digits(r.Policy.Passcode.Digits, p.random), parts: r.Policy.Passcode.Parts},
	}
	if r.Policy.Use == policy.UseSign {
		e.body.payment = r.Payment
	}
	c.mac = p.mac(r, e.body.code)
	return e
}

// send judges and sends. Whatever it decides, and for whomever, it runs as many
// statements and writes as many rows.
func (e *envoy) send(tx *db.Tx, shut bool) error {
	verdict, err := e.budget.Allow(tx, e.texts, e.spending)
	if err != nil {
		return err
	}
	switch {
	case e.number == "":
		e.code.Withheld = NoPhone
	case shut:
		e.code.Withheld = NotTried
	default:
		e.code.Withheld = Withheld(verdict)
	}
	if err := e.count(tx); err != nil {
		return err
	}
	n := 1
	if e.code.Withheld != "" {
		n, e.code.mac = 0, e.nothing()
	}
	if e.code.prefix, err = e.budget.Spend(tx, e.texts, e.spending, n); err != nil {
		return err
	}
	if err := e.code.store(tx); err != nil {
		return err
	}
	return e.leave(tx)
}

// count claims one of the codes that the customer may ask for (F-6.8).
func (e *envoy) count(tx *db.Tx) error {
	phone := e.counts
	if none := e.code.Withheld != "" || phone.IsZero(); none {
		_, err := claimRequest(tx, e.rule.Requests, e.spending.Customer, e.code.ID) // no phone has that id: the same statement, for nothing
		return err
	}
	open, err := claimRequest(tx, e.rule.Requests, e.spending.Customer, phone)
	if err != nil {
		return err
	}
	if !open {
		e.code.Withheld = RequestLimit
		audit.Record(tx, audit.Event{Kind: AuditLimit, By: sender, Customer: e.spending.Customer, Object: "phone:" + phone.String(), Details: map[string]any{"requests": e.rule.Requests}})
	}
	return nil
}

// nothing is a keyed hash that no code has.
func (e *envoy) nothing() []byte {
	b := make([]byte, macSize)
	if _, err := io.ReadFull(e.random, b); err != nil {
		panic("passcode: no randomness: " + err.Error())
	}
	return b
}

// leave puts the text on its way, or something that costs the same.
func (e *envoy) leave(tx *db.Tx) error {
	if e.code.Withheld != "" {
		audit.Record(tx, audit.Event{Kind: AuditWithheld, By: sender, Customer: e.spending.Customer, Object: "code:" + e.code.ID.String(), Details: map[string]any{"reason": e.code.Withheld}})
		if err := e.code.even(tx); err != nil {
			return err
		}
		return e.outbox.Put(tx, outbox.Message{Kind: Kind, Customer: e.spending.Customer, Expires: e.code.Expires})
	}
	c, _, err := customer.Find(tx, e.spending.Customer)
	if err != nil {
		return err
	}
	e.body.locale = c.Locale
	text, err := e.body.text()
	if err != nil {
		return err
	}
	_, err = e.Passcodes.texts.Send(tx, sender, sms.Text{
		ID: e.code.ID, Customer: e.spending.Customer, To: e.number, Body: text, Class: sms.ClassCode, Expires: e.code.Expires,
	})
	return err
}

// again returns when the next code may be asked for: later after each one; zero when
// there is none.
func again(rule policy.Passcode, issued int, now time.Time) time.Time {
	if issued >= rule.Codes {
		return time.Time{}
	}
	return now.Add(min(rule.Resend<<(issued-1), maxResend))
}

// maxResend is the longest wait for the next code.
const maxResend = 10 * time.Minute
