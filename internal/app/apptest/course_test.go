package apptest_test

import (
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestAnyCourse runs the whole domain through random sequences of acts by customers,
// the bank and two members of staff (register, log in, pay, guess, identify, resynchronize,
// unlock, reset, suspend, lose, find, replace, return, reassign, back up, restore), on both databases.
//
// Invariant 1: no code is accepted twice, for a login, a payment, a registration or a
// resynchronization, also across restores. Invariant 2: each wrong proof is one
// failure, none passes the threshold. Invariant 3: no code is good for another payment.
// Invariant 5: nothing that needs an identification happens without one of this
// customer by this member of staff, lately; and the record names it. Nothing
// survives reassignment.
//
// What packages prove more closely: token.TestAnyLife, token.TestUpkeepProperties,
// token.TestNoSpentCodeAfterRestore, limit.TestModel, foureyes.TestRandomSequences.
func TestAnyCourse(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		n, failed := 0, false
		rapid.Check(t, func(r *rapid.T) {
			if n++; n > courses() && !failed {
				return
			}
			defer func() { failed = failed || r.Failed() }() // it is run again, to find a shorter course
			x := newCourse(t, r, in, clock, n)
			defer x.close()
			r.Repeat(map[string]func(*rapid.T){
				"register": x.register, "log in": x.login, "log in again": x.login, "pay": x.pay, "pay again": x.pay, "show old codes": x.replay, "show an old signature": x.repay,
				"guess": x.guess, "wait": x.wait, "resynchronize": x.resync, "resynchronize with old codes": x.resyncOld,
				"resynchronize signatures": x.resyncSigning, "unlock": x.unlock, "reset": x.reset, "care": x.care, "more care": x.care, "replace": x.replace,
				"activate": x.activate, "back up": x.backup, "restore": x.restore, "": x.check,
			})
			x.records()
		})
	})
}

// courses is how many a run of the tests takes: few, or as many as -rapid.checks
// asks for.
func courses() (n int) {
	const usual, few = "100", 4
	if text := flag.Lookup("rapid.checks").Value.String(); text != usual {
		_, _ = fmt.Sscan(text, &n)
		return n
	}
	return few
}

// anyCourse is one run: what the world is like as far as the test knows.
type anyCourse struct {
	t     *testing.T
	r     *rapid.T
	in    *apptest.Installation
	clock *dbtest.Clock
	a     *app.App
	staff []audit.Actor
	all   []*piece
	known
	kept    *known // in the backup, if there is one
	putBack func()
}

// known is what a restore puts back.
type known struct {
	people []person
	tokens []held
	passed map[[2]ident.ID]time.Time // when the newest identification ends, by who asked and customer
}

// person is a customer.
type person struct {
	id     ident.ID
	number string
	wrong  map[string]int64 // wrong proofs that counted, by policy
}

// piece is a token as a thing: nothing that happens to a database changes it.
type piece struct {
	*apptest.Keypad
	device  ident.ID
	spent   map[uint64]bool // counters of secure codes that were accepted
	signed  map[uint64]bool // and of signatures
	papers  []signature     // signatures that were shown
	answers map[string]bool // challenges that got an unlock code
}

// held is what the bank knows of it.
type held struct {
	status   device.Status
	owner    int // -1: nobody's
	replaces int // token that ends with the first code of this one; -1: none
	replaced bool
	behind   map[token.Usage]bool // keys that must be resynchronized first
	pressed  uint64               // in a backup: how many codes the thing had shown,
	ahead    uint64               // and how far beyond the window it was
}

// Of version 0; the windows are those of both policies.
const (
	codes      = "secure-code"
	signatures = "transaction-signature"
	window     = 10
	firstUse   = 100
	far        = 1000
)

func newCourse(t *testing.T, r *rapid.T, in *apptest.Installation, clock *dbtest.Clock, n int) *anyCourse {
	x := &anyCourse{t: t, r: r, in: in, clock: clock}
	x.passed = map[[2]ident.ID]time.Time{}
	for i := range 2 {
		x.staff = append(x.staff, audit.Staff(ident.Derive("staff", fmt.Sprint(n, i)), fmt.Sprint("Agent ", i)))
	}
	serials := []string{fmt.Sprint("C", n, "X0"), fmt.Sprint("C", n, "X1"), fmt.Sprint("C", n, "X2")}
	keypads := in.Keypads(t, serials...)
	x.open()
	for i := range 2 {
		number := fmt.Sprintf("%d%04d", i+1, n)
		c, err := x.a.Customers.Create(t.Context(), x.staff[0], customer.New{Number: number, Name: "Customer " + number})
		x.must(err)
		x.people = append(x.people, person{id: c.ID, number: number, wrong: map[string]int64{}})
	}
	for _, k := range keypads {
		items, err := x.a.Tokens.BySerial(t.Context(), k.Serial)
		x.must(err)
		x.all = append(x.all, &piece{Keypad: k, device: items[0].Device.ID, spent: map[uint64]bool{}, signed: map[uint64]bool{}, answers: map[string]bool{}})
		x.tokens = append(x.tokens, held{status: device.Stock, owner: -1, replaces: -1, behind: map[token.Usage]bool{}})
	}
	for c := range x.people {
		x.registers(c, c, x.staff[0])
	}
	return x
}

func (x *anyCourse) open() {
	a, err := x.in.App()
	x.must(err)
	x.a = a
}

func (x *anyCourse) close() {
	if x.a != nil {
		x.must(x.a.Close())
		x.a = nil
	}
}

func (x *anyCourse) must(err error) {
	if err != nil {
		x.r.Fatal(err)
	}
}

// draw picks a token and a member of staff.
func (x *anyCourse) draw(r *rapid.T) (i int, by audit.Actor) {
	x.r = r
	return rapid.IntRange(0, len(x.all)-1).Draw(r, "token"), x.staff[rapid.IntRange(0, 1).Draw(r, "staff")]
}

func (x *anyCourse) keyOf(i int, use token.Usage) token.Key {
	item, err := x.a.Tokens.Get(x.t.Context(), x.all[i].device)
	x.must(err)
	for _, k := range item.Keys {
		if k.Usage == use {
			return k
		}
	}
	x.r.Fatalf("%s has no key of use %s", x.all[i].Serial, use)
	return token.Key{}
}

// near reports whether the next code of a key is within the window of a proof.
func near(k token.Key, counter uint64) bool {
	ahead := int64(counter) - k.Next
	if !k.Proven {
		return ahead >= 0 && ahead < firstUse
	}
	return ahead >= 0 && ahead < window
}

func (x *anyCourse) spend(i int, counter uint64) {
	if x.all[i].spent[counter] {
		x.r.Fatalf("the secure code %d of %s was accepted twice", counter, x.all[i].Serial)
	}
	x.all[i].spent[counter] = true
}

// holding is a customer's authenticator; false when there is none.
func (x *anyCourse) holding(c int, policy string) (authenticator.Holding, bool) {
	all, err := x.a.Authenticators.Of(x.t.Context(), x.people[c].id)
	x.must(err)
	for _, h := range all {
		if h.Policy == policy {
			return h, true
		}
	}
	return authenticator.Holding{}, false
}

// outcome counts what a proof of a policy did to its customer.
func (x *anyCourse) outcome(c int, policy string, accepted bool, reason authenticator.Reason) {
	h, found := x.holding(c, policy)
	blocked := found && h.Failures.Blocked(x.clock.Now())
	switch {
	case accepted && (!found || h.Failures.Count != 0 || h.Failures.Blocks != 0):
		x.r.Fatalf("after a right proof: %+v", h.Failures)
	case accepted:
	case reason == authenticator.Wrong || reason == authenticator.Replayed:
		x.people[c].wrong[policy]++
		if h.Failures.Count == 0 && !blocked {
			x.r.Fatalf("a wrong proof left %+v", h.Failures)
		}
	case reason == authenticator.Blocked && !blocked, reason == authenticator.None && found:
		x.r.Fatalf("refused as %s: %+v", reason, h)
	}
}

// refusedAs makes sure that err is one of the faults.
func (x *anyCourse) refusedAs(what string, err error, codes ...string) {
	for _, c := range codes {
		if fault.Is(err, c) {
			return
		}
	}
	var f *fault.Error
	if errors.As(err, &f) {
		x.r.Fatalf("%s: %s, want one of %v", what, f.Code, codes)
	}
	x.r.Fatalf("%s: %v, want one of %v", what, err, codes)
}

func (x *anyCourse) wait(r *rapid.T) {
	x.clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(r, "minutes"))*time.Minute + time.Second)
}
