package apptest_test

import (
	"fmt"
	"slices"
	"sync"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/token"
)

// signature is a code for a payment that a token has shown.
type signature struct {
	counter uint64
	code    string
	payment payment.Payment
}

// bank is the calling application.
func (x *anyCourse) bank() audit.Actor { return x.in.Application(x.t) }

// customerOf is the owner of a token, or anybody.
func (x *anyCourse) customerOf(r *rapid.T, i int) int {
	c := rapid.IntRange(0, 1).Draw(r, "customer")
	if owner := x.tokens[i].owner; owner >= 0 && rapid.IntRange(0, 9).Draw(r, "stranger") > 0 {
		return owner
	}
	return c
}

// usable reports whether the next code of a key must be accepted for a customer.
func (x *anyCourse) usable(i, c int, use token.Usage, policy string, counter uint64) bool {
	h := x.tokens[i]
	a, found := x.holding(c, policy)
	return h.status == device.Active && h.owner == c && !h.behind[use] && near(x.keyOf(i, use), counter) && found && !a.Failures.Blocked(x.clock.Now())
}

func (x *anyCourse) verify(c int, code string) hub.Outcome {
	out, err := x.a.Hub.Start(x.t.Context(), x.bank(), hub.Start{CustomerNumber: x.people[c].number, Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code}})
	x.must(err)
	x.outcome(c, codes, out.Accepted, out.Reason)
	return out
}

func (x *anyCourse) login(r *rapid.T) {
	i, _ := x.draw(r)
	c, p := x.customerOf(r, i), x.all[i]
	p.Logins += uint64(rapid.SampledFrom([]int{0, 0, 0, 1, 4, 40}).Draw(r, "skipped"))
	counter := p.Logins
	allowed := x.usable(i, c, token.UseCode, codes, counter)
	out := x.verify(c, p.Press())
	if out.Accepted != allowed {
		r.Fatalf("the code %d of %s (%+v), by %d: %+v", counter, p.Serial, x.tokens[i], c, out)
	}
	if out.Accepted {
		x.spend(i, counter)
	}
}

// replay shows codes that the token showed before, spent or not.
func (x *anyCourse) replay(r *rapid.T) {
	i, _ := x.draw(r)
	p := x.all[i]
	for range rapid.IntRange(1, 3).Draw(r, "codes") {
		if p.Logins == 0 {
			return
		}
		counter := p.Logins - uint64(rapid.IntRange(1, int(min(p.Logins, 30))).Draw(r, "back"))
		c := x.customerOf(r, i)
		if out := x.verify(c, p.CodeAt(counter)); out.Accepted {
			if h := x.tokens[i]; h.status != device.Active || h.owner != c {
				r.Fatalf("an old code of %s (%+v) was accepted of %d", p.Serial, h, c)
			}
			x.spend(i, counter)
		}
	}
}

// guess shows wrong codes, several at once.
func (x *anyCourse) guess(r *rapid.T) {
	x.r = r
	c, n := rapid.IntRange(0, 1).Draw(r, "customer"), rapid.SampledFrom([]int{1, 1, 2, 3, 8}).Draw(r, "guesses")
	start := rapid.IntRange(0, 99999990).Draw(r, "first")
	before, found := x.holding(c, codes)
	outs := make([]hub.Outcome, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for g := range n {
		all.Go(func() {
			proof := &hub.Proof{Code: fmt.Sprintf("%08d", start+g)}
			outs[g], errs[g] = x.a.Hub.Start(x.t.Context(), x.bank(), hub.Start{CustomerNumber: x.people[c].number, Purpose: "login", Channel: "web", Proof: proof})
		})
	}
	all.Wait()
	counted := 0
	for g := range n {
		x.must(errs[g])
		if outs[g].Accepted {
			r.Fatal("a guess was right")
		}
		if outs[g].Reason == authenticator.Wrong {
			counted++
		}
	}
	want := 0
	if found {
		want = min(n, before.Outlook.Left)
	}
	if counted != want {
		r.Fatalf("%d of %d guesses counted, want %d: %+v", counted, n, want, before)
	}
	x.people[c].wrong[codes] += int64(counted)
}

// pay signs a payment, perhaps shows the code for another one first.
func (x *anyCourse) pay(r *rapid.T) {
	i, _ := x.draw(r)
	c, p := x.customerOf(r, i), x.all[i]
	p.Signatures += uint64(rapid.SampledFrom([]int{0, 0, 0, 2, 30}).Draw(r, "skipped"))
	order := x.order(rapid.IntRange(1, 99999).Draw(r, "cents"))
	handle, entries := x.payment(c, order)
	paper := signature{counter: p.Signatures, payment: order}
	paper.code = p.Sign(entries...)
	p.papers = append(p.papers, paper)
	if rapid.Bool().Draw(r, "another first") {
		if out := x.submit(c, x.order(100000), paper.code); out.Accepted {
			r.Fatal("a signature was accepted for another payment")
		}
	}
	allowed := x.usable(i, c, token.UseSign, signatures, paper.counter)
	out, err := x.a.Hub.Step(x.t.Context(), x.bank(), handle, hub.Proof{Code: paper.code, Payment: order})
	x.must(err)
	x.outcome(c, signatures, out.Accepted, out.Reason)
	if out.Accepted != allowed || out.Accepted != (out.State == hub.Granted) {
		r.Fatalf("the signature %d of %s (%+v), by %d: %+v", paper.counter, p.Serial, x.tokens[i], c, out)
	}
	if out.Accepted {
		x.sign(i, paper.counter)
	}
}

// repay makes the payment of an old signature again.
func (x *anyCourse) repay(r *rapid.T) {
	i, _ := x.draw(r)
	p := x.all[i]
	if len(p.papers) == 0 {
		return
	}
	paper := rapid.SampledFrom(p.papers).Draw(r, "signature")
	c := x.customerOf(r, i)
	if out := x.submit(c, paper.payment, paper.code); out.Accepted {
		if h := x.tokens[i]; h.status != device.Active || h.owner != c {
			r.Fatalf("an old signature of %s (%+v) was accepted of %d", p.Serial, h, c)
		}
		x.sign(i, paper.counter)
	}
}

func (x *anyCourse) sign(i int, counter uint64) {
	if x.all[i].signed[counter] {
		x.r.Fatalf("the signature %d of %s was accepted twice", counter, x.all[i].Serial)
	}
	x.all[i].signed[counter] = true
}

func (x *anyCourse) order(cents int) payment.Payment {
	p, err := payment.New(payment.Order{
		Amount: fmt.Sprintf("%d.%02d", cents/100, cents%100), Currency: "EUR",
		Payee: payment.Payee{Scheme: payment.IBAN, Account: "DE89370400440532013000", Name: "Wood & Sons"},
	})
	x.must(err)
	return p
}

// payment starts a payment and returns what is to be typed into a Keypad.
func (x *anyCourse) payment(c int, p payment.Payment) (handle string, entries []string) {
	out, err := x.a.Hub.Start(x.t.Context(), x.bank(), hub.Start{CustomerNumber: x.people[c].number, Purpose: "payment", Channel: "web", Payment: p})
	x.must(err)
	for _, s := range out.Signing {
		if slices.Contains(s.Models, "k400") {
			return out.Handle, apptest.Texts(s.Entries)
		}
	}
	x.r.Fatalf("nothing is typed: %+v", out)
	return "", nil
}

func (x *anyCourse) submit(c int, p payment.Payment, code string) hub.Outcome {
	handle, _ := x.payment(c, p)
	out, err := x.a.Hub.Step(x.t.Context(), x.bank(), handle, hub.Proof{Code: code, Payment: p})
	x.must(err)
	x.outcome(c, signatures, out.Accepted, out.Reason)
	return out
}

// register is F-4.1 with a token that may be anybody's.
func (x *anyCourse) register(r *rapid.T) {
	i, by := x.draw(r)
	x.identified(r, by, rapid.IntRange(0, 1).Draw(r, "caller"))
	x.registers(rapid.IntRange(0, 1).Draw(r, "customer"), i, by)
}

func (x *anyCourse) registers(c, i int, by audit.Actor) {
	desk, who, h := x.a.Desk, x.people[c], x.tokens[i]
	issued, err := desk.Issue(x.t.Context(), by, who.id, registration.Issue{Policy: codes})
	if _, before := x.holding(c, codes); before && x.clock.Now().After(x.passed[[2]ident.ID{by.ID, who.id}]) {
		x.unidentified("another registration", err)
		return
	}
	x.must(err)
	reg, err := desk.Begin(x.t.Context(), x.bank(), registration.Begin{CustomerNumber: who.number, ActivationCode: issued.Value, Policy: codes, Channel: "web"})
	x.must(err)
	handle := reg.Handle
	reg, err = desk.Token(x.t.Context(), x.bank(), handle, x.all[i].Serial)
	x.must(err)
	allowed := (h.status == device.Stock || h.status == device.Assigned && h.owner == c) && !h.behind[token.UseCode]
	if (reg.Refused == registration.Accepted) != allowed {
		x.r.Fatalf("registration of %d with %s (%+v): %+v", c, x.all[i].Serial, h, reg)
	}
	counter := x.all[i].Logins
	if allowed {
		allowed = near(x.keyOf(i, token.UseCode), counter)
		reg, err = desk.Confirm(x.t.Context(), x.bank(), handle, registration.Confirm{Code: x.all[i].Press()})
		x.must(err)
	}
	if (reg.State == registration.Done) != allowed {
		x.r.Fatalf("registration of %d with %s (%+v), code %d: %+v", c, x.all[i].Serial, h, counter, reg)
	}
	if allowed {
		x.tokens[i].owner = c
		x.spend(i, counter)
		x.proven(i)
		return
	}
	_, err = desk.Abandon(x.t.Context(), x.bank(), handle)
	x.must(err)
}
