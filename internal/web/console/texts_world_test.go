package console_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
)

// knownSecret is the password of customers in these tests.
const knownSecret = "lumber and quartz 7"

// phones are a gateway whose messages arrive at once, unless they are refused.
type phones struct {
	mu     sync.Mutex
	got    []sms.Outgoing
	refuse error
}

func (*phones) Name() string { return "first" }

func (p *phones) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return nil, p.refuse
	}
	p.got = append(p.got, o)
	return []string{"ref-" + o.ID.String()[20:]}, nil
}

// texting is a bank whose customers log in with a password and a code by text message;
// three codes may be asked for without a right one.
func texting(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	set := policy.Version0()
	for i := range set.Policies {
		if set.Policies[i].Method == policy.MethodPasscode {
			set.Policies[i].Passcode.Requests = 3
		}
	}
	set.Policies = append(set.Policies, policy.Policy{
		Code: "password", Name: "Password", Method: policy.MethodPassword, Use: policy.UseCode, Secret: policy.DefaultSecret(),
		With: []string{"sms-code"}, Failures: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10},
	})
	for i := range set.Journeys {
		if j := &set.Journeys[i]; j.Purpose == "login" || j.Purpose == "self-service" {
			j.Ways = append(j.Ways, policy.Way{Steps: [][]string{{"password"}, {"sms-code"}}})
		}
	}
	doc, err := set.Format()
	if err != nil {
		t.Fatal(err)
	}
	w.govern(string(doc))
	return w
}

// deliver has the outbox do what is due.
func (w *world) deliver() {
	w.Helper()
	for {
		n, err := w.cfg.Outbox.Deliver(w.Context(), map[string]outbox.Handler{sms.Kind: w.cfg.Texts, passcode.Kind: outbox.HandlerFunc(passcode.Nothing)})
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// arrived is how many codes arrived at a number, and the last of them.
func (w *world) arrived(number string) (n int, code string) {
	w.Helper()
	w.deliver()
	w.phones.mu.Lock()
	defer w.phones.mu.Unlock()
	for _, o := range w.phones.got {
		if _, last, ok := strings.Cut(o.Body, "\n@bank.example #"); ok && o.To == number {
			n, code = n+1, last
		}
	}
	return n, code
}

const phoneNumber = "+4791234567"

// knower is a customer who has registered a password and their phone (F-6.1).
func (w *world) knower(number, name string) customer.Customer {
	w.Helper()
	c := w.customer(number, name)
	issued, err := w.cfg.Desk.Issue(w.Context(), cli, c.ID, registration.Issue{Policy: "password"})
	if err != nil {
		w.Fatal(err)
	}
	w.registers(c, issued.Value, knownSecret)
	return c
}

// registers takes the steps from an activation code to password and phone.
func (w *world) registers(c customer.Customer, code, secret string) {
	w.Helper()
	ctx, desk := w.Context(), w.cfg.Desk
	r, err := desk.Begin(ctx, cli, registration.Begin{CustomerNumber: c.Number, ActivationCode: code, Policy: "password", Channel: "web"})
	if err != nil || r.Refused != "" {
		w.Fatalf("begin: %+v, %v", r, err)
	}
	if r, bad, err := desk.Give(ctx, cli, r.Handle, registration.Given{Value: secret}); err != nil || len(bad) > 0 || r.Refused != "" {
		w.Fatalf("password: %+v, %v, %v", r, bad, err)
	}
	if _, _, err := desk.Ask(ctx, cli, r.Handle); err != nil {
		w.Fatal(err)
	}
	_, sent := w.arrived(phoneNumber)
	if r, _, err := desk.Give(ctx, cli, r.Handle, registration.Given{Value: sent}); err != nil || r.State != registration.Done {
		w.Fatalf("code: %+v, %v", r, err)
	}
}

// asks logs in with the password and asks for a code.
func (w *world) asks(c customer.Customer, secret string) hub.Outcome {
	w.Helper()
	w.clock.Advance(2 * time.Minute)
	o, err := w.cfg.Hub.Start(w.Context(), cli, hub.Start{CustomerNumber: c.Number, Purpose: "login", Channel: "web", Proof: &hub.Proof{Policy: "password", Code: secret}})
	if err != nil {
		w.Fatal(err)
	}
	if !o.Accepted {
		return o
	}
	if _, err := w.cfg.Hub.Ask(w.Context(), cli, o.Handle, hub.Ask{Policy: "sms-code"}); err != nil {
		w.Fatal(err)
	}
	w.deliver()
	return o
}

// answers gives a code for a login.
func (w *world) answers(o hub.Outcome, code string) hub.Outcome {
	w.Helper()
	out, err := w.cfg.Hub.Step(w.Context(), cli, o.Handle, hub.Proof{Policy: "sms-code", Code: code})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// wrongCode is none that was sent.
func (w *world) wrongCode() string {
	w.Helper()
	_, code := w.arrived(phoneNumber)
	return string('0'+(code[0]-'0'+1)%10) + code[1:]
}

// dead is a text message that no gateway took.
func (w *world) dead(c customer.Customer) sms.Message {
	w.Helper()
	w.phones.refuse = outbox.Permanent(errors.New("the number is not in use"))
	w.asks(c, knownSecret)
	w.phones.refuse = nil
	list, err := w.cfg.Texts.List(w.Context(), sms.Filter{State: sms.Dead}, 1)
	if err != nil || len(list) != 1 {
		w.Fatalf("%d dead messages, %v", len(list), err)
	}
	return list[0]
}

// desk is a help desk at a bank that texts, and a customer of it.
func textDesk(t testing.TB) (*world, customer.Customer, *person) {
	t.Helper()
	w := texting(t)
	return w, w.knower("10027-4418", "Ada Palmer"), w.join("maja", staff.HelpDesk).login()
}
