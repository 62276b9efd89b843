package registration_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
)

const (
	horse  = "correct horse battery"
	lumber = "lumber and quartz"
)

// counting is a part that has codes: "right" is, once for each registration.
type counting struct {
	asked    int
	complete int
	fail     bool // the end goes to somebody else
}

func (c *counting) Ask(*db.Tx, audit.Actor, authenticator.Request) (authenticator.Challenge, error) {
	c.asked++
	return authenticator.Challenge{Question: "sent"}, nil
}

func (*counting) Prove(_ context.Context, _ authenticator.Request, p authenticator.Proof) (authenticator.Given, error) {
	return authenticator.Given{Right: p.Code == "right", Consume: func(*db.Tx) (bool, error) { return true, nil }}, nil
}

func (c *counting) Complete(*db.Tx, audit.Actor, authenticator.Request, []byte) (bool, error) {
	c.complete++
	return !c.fail, nil
}

func (*counting) Cancel(*db.Tx, audit.Actor, ident.ID) (bool, error) { return true, nil }

// parted gives a world whose customers register a password, and a code with it when
// with is "[sms-code]".
func parted(t *testing.T, w *world, with string) (*counting, *password.Passwords) {
	t.Helper()
	set, err := policy.Version0().Format()
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Replace(string(set), "\njourneys:\n", "\n  - {code: password, name: Password, method: password, secret: {history: 1}, with: "+with+", failures: {max: 5, cool_down: 15m, max_blocks: 10}}\njourneys:\n", 1)
	v, err := w.policies.Store(t.Context(), by(), []byte(doc))
	if err == nil {
		err = w.policies.Activate(t.Context(), by(), w.policies.Active().Version, v)
	}
	if err != nil {
		t.Fatal(err)
	}
	ring := keyringtest.Open(t, w.d)
	passwords := password.New(w.d, ring, argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader, Waiting: 1000})).Knowing(w.customers.Words)
	second := &counting{}
	w.desk = registration.New(registration.Config{
		DB: w.d, Ring: ring, Policies: w.policies, Tokens: w.tokens, Outbox: w.outbox, Rand: rand.Reader,
		Parts: map[policy.Method]authenticator.Part{policy.MethodPassword: passwords, policy.MethodPasscode: second},
	})
	return second, passwords
}

// letter issues an activation code for a password.
func (w *world) letter(c customer.Customer) registration.Issued {
	w.t.Helper()
	code, err := w.desk.Issue(w.t.Context(), by(), c.ID, registration.Issue{Policy: "password"})
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *world) open(number, code string) registration.Registration {
	w.t.Helper()
	r, err := w.desk.Begin(w.t.Context(), by(), registration.Begin{CustomerNumber: number, ActivationCode: code, Policy: "password", Channel: "web"})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) give(r registration.Registration, value string) (registration.Registration, []string) {
	w.t.Helper()
	out, bad, err := w.desk.Give(w.t.Context(), by(), r.Handle, registration.Given{Value: value})
	if err != nil {
		w.t.Fatal(err)
	}
	var codes []string
	for _, m := range bad {
		codes = append(codes, m.Code)
	}
	return out, codes
}

// knows reports whether the customer has the password.
func (w *world) knows(p *password.Passwords, c customer.Customer, secret string) bool {
	w.t.Helper()
	set := w.policies.Active()
	one, _ := set.Policy("password")
	f, err := p.Check(w.t.Context(), authenticator.Request{Customer: c.ID, Policy: one, Set: set, Now: w.clock.Now()}, authenticator.Proof{Code: secret})
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Right
}

// TestPasswordAlone: where the policy names nothing more, the password completes the
// registration.
func TestPasswordAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, passwords := parted(t, w, "[]")
		c := w.customer("100")
		r := w.open("100", w.letter(c).Value)
		if want := []registration.Step{{Policy: "password", Name: "Password", Method: policy.MethodPassword}}; r.State != registration.Begun || !cmp.Equal(want, r.Steps) {
			t.Fatalf("%+v", r)
		}
		got, bad := w.give(r, "Customer100")
		if got.State != registration.Begun || got.Refused != registration.Accepted || !slices.Contains(bad, password.Context) || w.knows(passwords, c, "Customer100") {
			t.Errorf("a bad one: %+v, %v", got, bad)
		}
		if got, bad := w.give(r, horse); got.State != registration.Done || bad != nil || !got.Steps[0].Proven || !w.knows(passwords, c, horse) || len(w.holds(c.ID)) != 1 {
			t.Errorf("the password: %+v, %v", got, bad)
		}
		if got, _ := w.give(r, lumber); got.Refused != registration.Over || w.knows(passwords, c, lumber) {
			t.Errorf("after the end: %+v", got)
		}
		if _, err := w.desk.Issue(t.Context(), by(), c.ID, registration.Issue{Policy: "password"}); !fault.Is(err, "identification.required") {
			t.Errorf("another code without an identification: %v", err)
		}
	})
}

// TestPasswordAndMore is F-6.1: nothing of it is the customer's before the last step.
func TestPasswordAndMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second, passwords := parted(t, w, "[sms-code]")
		c := w.customer("100")
		code := w.letter(c)
		r := w.open("100", code.Value)
		if _, _, err := w.desk.Give(t.Context(), by(), r.Handle, registration.Given{Policy: "sms-code", Value: "right"}); !fault.Is(err, "registration.not_awaited") {
			t.Errorf("the second step first: %v", err)
		}
		if _, err := w.desk.Token(t.Context(), by(), r.Handle, "A1"); !fault.Is(err, "registration.no_token_steps") {
			t.Errorf("a serial number: %v", err)
		}
		if got, _ := w.give(r, horse); got.State != registration.Begun || !got.Steps[0].Proven || got.Steps[1].Proven {
			t.Errorf("the password: %+v", got)
		}
		if w.knows(passwords, c, horse) || len(w.holds(c.ID)) != 0 {
			t.Error("the password is the customer's before the end")
		}
		again := w.open("100", code.Value)
		if again.Handle != r.Handle || !again.Steps[0].Proven {
			t.Errorf("resumed: %+v", again)
		}
		if asked, _, err := w.desk.Ask(t.Context(), by(), r.Handle); err != nil || asked.Question != "sent" || second.asked == 0 {
			t.Errorf("asked: %+v, %v", asked, err)
		}
		for range 2 {
			if got, _ := w.give(r, "wrong"); got.Refused != registration.WrongSecret || got.State != registration.Begun {
				t.Errorf("a wrong code: %+v", got)
			}
		}
		second.fail = true
		if got, _ := w.give(r, "right"); got.Refused != registration.WrongSecret || got.State != registration.Begun || w.knows(passwords, c, horse) {
			t.Errorf("somebody else was first: %+v", got)
		}
		second.fail = false
		if got, _ := w.give(r, "right"); got.State != registration.Done || !w.knows(passwords, c, horse) || len(w.holds(c.ID)) != 2 {
			t.Errorf("the end: %+v, %+v", got, w.holds(c.ID))
		}
		w.kept(t, c, 0)
	})
}

// kept checks how much is kept of registrations under way.
func (w *world) kept(t *testing.T, c customer.Customer, want int) {
	t.Helper()
	var n int
	err := w.d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM registration_part WHERE customer = $1", c.ID).Scan(&n)
	})
	if err != nil || n != want {
		t.Errorf("%d parts are kept, want %d; %v", n, want, err)
	}
}

// TestGuessesOfAPart: wrong codes are counted on the activation code, as with tokens,
// and starting over gives no new ones.
func TestGuessesOfAPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		parted(t, w, "[sms-code]")
		c := w.customer("100")
		code := w.letter(c)
		r := w.open("100", code.Value)
		w.give(r, horse)
		for i := range w.policies.Active().Registration.TokenTries.Max {
			if i == 2 {
				if _, err := w.desk.Abandon(t.Context(), by(), r.Handle); err != nil {
					t.Fatal(err)
				}
				w.kept(t, c, 0)
				r = w.open("100", code.Value)
				w.give(r, horse)
			}
			w.give(r, "wrong")
		}
		if got, _ := w.give(r, "right"); got.Refused != registration.BlockedCode || got.State != registration.Begun {
			t.Errorf("after too many: %+v", got)
		}
	})
}

func (w *world) write(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}
