package token_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// piece is a token in the hands of people, as far as the model knows.
type piece struct {
	serial, kind string
	pressed      uint64 // counter of the thing itself
	status       device.Status
	owner        int       // -1: nobody's
	cut          time.Time // of a clock: its codes until then are spent
	known        []string  // codes, with PINs, that somebody else could have noted
	replaces     *piece
	replaced     bool
	chosen       bool // its owner has chosen a PIN
	next         map[string]int64
}

// life is a random life of a few tokens and customers.
type life struct {
	*world
	*rapid.T
	care      *token.Care
	customers []ident.ID
	pieces    []*piece
}

const pinMaker = "oath.PIN"

func newLife(w *world, t *rapid.T, care *token.Care, n int) *life {
	l := &life{world: w, T: t, care: care}
	for i := range 2 {
		c := ident.Derive("life", strconv.Itoa(n), strconv.Itoa(i))
		l.customers = append(l.customers, c)
		w.write(func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), c, w.policy) })
	}
	for i, kind := range []string{"HOTP", "TOTP", "HOTP"} {
		p := &piece{serial: fmt.Sprintf("L%dX%d", n, i), kind: kind, status: device.Stock, owner: -1, next: map[string]int64{}}
		in := w.file(row10(p.serial, kind), nil)
		if i == 2 {
			in.Options.Manufacturer = pinMaker
		}
		if s, err := w.tokens.ImportFile(t.Context(), by(), in); err != nil || s.Imported != 1 {
			t.Fatalf("%+v, %v", s, err)
		}
		l.pieces = append(l.pieces, p)
	}
	return l
}

// code is what the thing shows now, with the PIN of a customer where one is typed.
func (l *life) code(p *piece, customer int) string {
	code := hotp10(p.serial, p.pressed)
	if p.kind == "TOTP" {
		code = totp10(p.serial, l.clock.Now())
	}
	if l.pinned(p) {
		return l.pin(customer) + code
	}
	return code
}

func (l *life) pinned(p *piece) bool { return strings.HasSuffix(p.serial, "X2") }

func (l *life) pin(customer int) string { return []string{"2580", "1397"}[customer] }

// try checks a code and spends it, without counting failures: counters of guesses
// are not what is tested here.
func (l *life) try(customer int, code string) bool {
	l.Helper()
	f, err := l.tokens.Check(l.Context(), l.request(l.customers[customer]), authenticator.Proof{Code: code})
	if err != nil {
		l.Fatal(err)
	}
	won := false
	if f.Right {
		l.write(func(tx *db.Tx) (err error) { won, err = f.Consume(tx); return err })
	}
	return won
}

// assign registers the token for a customer, as a registration does.
func (l *life) register(p *piece, customer int) bool {
	l.Helper()
	d := l.device(p.serial)
	done := false
	l.write(func(tx *db.Tx) (err error) {
		if done, err = device.Assign(tx, d.ID, l.customers[customer], 0); err != nil || !done {
			return err
		}
		k, _, err := token.CodeKey(tx, d.ID)
		if err == nil && k.ChoosesPIN() != (l.pinned(p) && !p.chosen) {
			l.Fatalf("%s from %s: a PIN is chosen: %t", p.serial, p.status, k.ChoosesPIN())
		}
		if err == nil && k.ChoosesPIN() {
			_, err = l.tokens.SetPIN(tx, &k, l.pin(customer))
		}
		if err == nil {
			err = token.Proven(tx, by(), l.customers[customer], d.ID)
		}
		return err
	})
	return done
}

func (l *life) step() {
	p := rapid.SampledFrom(l.pieces).Draw(l.T, "token")
	customer := rapid.IntRange(0, 1).Draw(l.T, "customer")
	act := rapid.SampledFrom([]string{"use", "use", "note", "assign", "assign", "suspend", "resume", "lose", "find", "return", "return", "retire", "replace", "activate", "rename"}).Draw(l.T, "act")
	if act == "retire" && customer == 0 { // or nothing is left to live
		return
	}
	switch act {
	case "use":
		l.use(p, customer)
	case "note":
		if p.status != device.Stock && len(p.known) < 4 && p.owner >= 0 {
			p.known = append(p.known, l.code(p, p.owner))
			p.pressed++
		}
	case "assign":
		allowed := p.status == device.Stock || p.status == device.Assigned && p.owner == customer
		if got := l.register(p, customer); got != allowed {
			l.Fatalf("assign %s in %s: %t", p.serial, p.status, got)
		} else if got {
			p.owner = customer
			l.proven(p)
			l.use(p, customer) // the first code; a clock may have to wait for it
		}
	case "rename":
		_, err := l.care.Rename(l.Context(), by(), l.order(p.serial), fmt.Sprint("name of ", customer))
		if (err == nil) != (p.owner >= 0 && p.status != device.Retired) {
			l.Fatalf("rename in %s: %v", p.status, err)
		}
	case "replace":
		l.replace(p, customer)
	case "activate":
		l.activate(p)
	default:
		l.act(p, act)
	}
	l.refused(p)
}

// proven is what a first code or a registration means in the model.
func (l *life) proven(p *piece) {
	p.status, p.chosen = device.Active, true
	if old := p.replaces; old != nil && (old.status == device.Active || old.status == device.Suspended || old.status == device.Lost) && old.owner == p.owner && !old.replaced {
		old.replaced = true
		if old.status != device.Lost {
			old.status = device.Retired
		}
	}
	p.replaces = nil
}

func (l *life) use(p *piece, customer int) {
	l.clock.Advance(31 * time.Second)
	code := l.code(p, customer)
	allowed := p.status == device.Active && p.owner == customer && (p.kind != "TOTP" || l.clock.Now().After(p.cut))
	if got := l.try(customer, code); got != allowed {
		l.Fatalf("%s in %s of %d, used by %d: %t", p.serial, p.status, p.owner, customer, got)
	} else if got {
		p.known = append(p.known, code)
		if l.try(customer, code) {
			l.Fatalf("%s: a code twice", p.serial)
		}
		p.pressed++
		for _, old := range p.known { // a good code spends all that came before
			for c := range l.customers {
				if l.try(c, old) {
					l.Fatalf("%s: a code from before, by %d", p.serial, c)
				}
			}
		}
		p.known = nil
	}
}

func (l *life) act(p *piece, name string) {
	a := device.Act(name)
	do := map[device.Act]func() error{
		device.Suspend: func() error { _, err := l.care.Suspend(l.Context(), by(), l.order(p.serial)); return err },
		device.Resume:  func() error { _, err := l.care.Resume(l.Context(), by(), l.order(p.serial)); return err },
		device.Lose:    func() error { _, err := l.care.Lose(l.Context(), by(), l.order(p.serial)); return err },
		device.Find:    func() error { _, err := l.care.Found(l.Context(), by(), l.order(p.serial)); return err },
		device.Return:  func() error { _, err := l.care.Return(l.Context(), by(), l.order(p.serial)); return err },
		device.Retire:  func() error { _, err := l.care.Retire(l.Context(), by(), l.order(p.serial)); return err },
	}[a]
	to, allowed := a.To(p.status)
	allowed = allowed && (a != device.Find || !p.replaced)
	if err := do(); (err == nil) != allowed {
		l.Fatalf("%s in %s: %v", a, p.status, err)
	}
	if !allowed {
		return
	}
	p.status = to
	switch a {
	case device.Return:
		p.owner, p.replaced, p.replaces, p.chosen = -1, false, nil, false
		l.orphan(p)
		l.empty(p)
		p.cut = l.clock.Now().Add(11 * time.Minute)
	case device.Find:
		p.cut, p.replaces = l.clock.Now().Add(11*time.Minute), nil
		l.orphan(p)
	case device.Lose:
		p.replaces = nil
	case device.Retire:
		p.replaces = nil
		l.orphan(p)
	default:
	}
}

// orphan takes p out of the handovers of its successors.
func (l *life) orphan(p *piece) {
	for _, q := range l.pieces {
		if q.replaces == p {
			q.replaces = nil
		}
	}
}

func (l *life) replace(p *piece, with int) {
	next := l.pieces[(with+1)%len(l.pieces)]
	_, state := device.Replace.To(p.status)
	underway := false
	for _, q := range l.pieces {
		underway = underway || q.replaces == p
	}
	allowed := state && !p.replaced && next.status == device.Stock && !underway
	if _, err := l.care.Replace(l.Context(), by(), l.order(p.serial), l.device(next.serial).ID); (err == nil) != allowed {
		l.Fatalf("replace %s in %s by one in %s: %v", p.serial, p.status, next.status, err)
	} else if err == nil {
		next.status, next.owner, next.replaces = device.Assigned, p.owner, p
	}
}

func (l *life) activate(p *piece) {
	if p.status != device.Assigned {
		if _, err := l.care.Activate(l.Context(), by(), l.order(p.serial), token.Activation{Code: "123456", PIN: "2580"}); err == nil {
			l.Fatalf("activated in %s", p.status)
		}
		return
	}
	l.clock.Advance(12 * time.Minute)
	var k token.Key
	id := l.device(p.serial).ID
	l.write(func(tx *db.Tx) (err error) { k, _, err = token.CodeKey(tx, id); return err })
	code := l.code(p, p.owner)
	if k.ChoosesPIN() {
		code = hotp10(p.serial, p.pressed)
	}
	out, err := l.care.Activate(l.Context(), by(), l.order(p.serial), token.Activation{Code: code, PIN: l.pin(p.owner)})
	if err != nil || out.Reason != authenticator.Accepted {
		l.Fatalf("activate %s: %+v, %v", p.serial, out, err)
	}
	p.pressed++
	l.proven(p)
}

// empty fails if anything of its owner is left in a token that came back.
func (l *life) empty(p *piece) {
	l.Helper()
	d := l.device(p.serial)
	if d.Name != "" || d.Note != "" || !d.Customer.IsZero() || !d.Assigned.IsZero() || !d.ReplacedBy.IsZero() {
		l.Fatalf("left in the row: %+v", d)
	}
	l.write(func(tx *db.Tx) error {
		keys, err := token.KeysOf(tx, d.ID)
		for _, k := range keys {
			if k.HasPIN() || k.Uses != 0 || !k.Used.IsZero() || k.Proven {
				l.Fatalf("left in the key: %+v", k)
			}
		}
		_, waits, err2 := token.HandoverOf(tx, d.ID)
		var others, tried int
		err3 := tx.Row("SELECT COUNT(*) FROM token_handover WHERE replaces = $1", d.ID).Scan(&others)
		err4 := tx.Row("SELECT COUNT(*) FROM token_attempt WHERE device = $1", d.ID).Scan(&tried)
		if waits || others+tried > 0 {
			l.Fatalf("left behind: %t, %d, %d", waits, others, tried)
		}
		for _, err := range []error{err, err2, err3, err4} {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// check compares all tokens with the model.
func (l *life) check() {
	l.Helper()
	for _, p := range l.pieces {
		d := l.device(p.serial)
		owner := ident.ID{}
		if p.owner >= 0 {
			owner = l.customers[p.owner]
		}
		if d.Status != p.status || d.Customer != owner || d.ReplacedBy.IsZero() == p.replaced {
			l.Fatalf("%s is %s of %s, replaced by %s; the model: %+v", p.serial, d.Status, d.Customer, d.ReplacedBy, p)
		}
		for _, k := range l.item(p.serial).Keys {
			if k.Next < p.next[k.KeyID] {
				l.Fatalf("%s: the counter fell from %d to %d", p.serial, p.next[k.KeyID], k.Next)
			}
			p.next[k.KeyID] = k.Next
		}
	}
}

// refused fails if a code of a token that is not active is accepted.
func (l *life) refused(p *piece) {
	l.Helper()
	if p.status == device.Active {
		return
	}
	for c := range l.customers {
		for _, code := range append([]string{l.code(p, c)}, p.known...) {
			if l.try(c, code) {
				l.Fatalf("%s is %s and its code was accepted", p.serial, p.status)
			}
		}
	}
}

// TestAnyLife runs random sequences of acts (import, assign, use, suspend, lose,
// find, replace, return, reassign) against a model: a token has one owner at most,
// nothing but an active one is accepted, nothing survives reassignment, and
// counters never fall.
func TestAnyLife(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		set := *w.set
		set.Models = append([]policy.Model{{Code: "pin", Name: "With a PIN", Manufacturer: pinMaker, ServerPIN: policy.PINPrepend, Policies: []string{"secure-code"}}}, set.Models...)
		w.set = &set
		care, n := w.care(), 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			l := newLife(w, t, care, n)
			for range rapid.IntRange(1, 20).Draw(t, "acts") {
				l.step()
				l.check()
			}
		})
	})
}
