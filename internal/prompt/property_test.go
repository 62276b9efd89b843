package prompt_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/prompt"
)

// model is what a bank, a customer and their phones have done and been told.
type model struct {
	w      *world
	t      *rapid.T
	number string
	c      ident.ID
	phones []phone
	off    map[ident.ID]bool // blocked tokens
	all    []*run
}

// run is one authentication with the prompts that were asked for it.
type run struct {
	o       hub.Outcome
	prompts []asked
	granted int
}

type asked struct {
	x       prompt.Prompt
	control string
	yes, no int // answers that were accepted
	by      ident.ID
}

// TestRandomLives: whatever happens in whatever order, a prompt is answered at most once, an
// authentication is granted at most once and only by an approval of a token in use, a refusal
// ends it, nobody is counted for it, and no more wait than may.
func TestRandomLives(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			m := &model{w: w, t: t, number: fmt.Sprintf("P%d", n), off: map[ident.ID]bool{}}
			m.c, m.phones = w.customer(m.number, 2)
			t.Repeat(map[string]func(*rapid.T){
				"start":   func(*rapid.T) { m.start() },
				"again":   func(*rapid.T) { m.again() },
				"approve": func(*rapid.T) { m.approve() },
				"refuse":  func(*rapid.T) { m.refuse() },
				"take":    func(*rapid.T) { m.take() },
				"wait":    func(t *rapid.T) { w.clock.Advance(time.Duration(rapid.IntRange(1, 70).Draw(t, "s")) * time.Second) },
				"block":   func(*rapid.T) { m.block() },
				"":        func(*rapid.T) { m.invariants() },
			})
		})
	})
}

func (m *model) start() {
	r := &run{o: m.w.start(m.number)}
	m.all = append(m.all, r)
	m.ask(r)
}

func (m *model) ask(r *run) {
	ch, err := m.w.hub.Ask(m.w.Context(), app(), r.o.Handle, hub.Ask{Policy: "app"})
	if fault.Is(err, "authentication.over") {
		return
	}
	m.w.check(err)
	for _, a := range r.prompts {
		if a.x.ID == ch.ID {
			return
		}
	}
	r.prompts = append(r.prompts, asked{x: m.w.prompt(ch.ID), control: ch.Control})
}

// pick draws an authentication; nil when there is none.
func (m *model) pick() *run {
	if len(m.all) == 0 {
		return nil
	}
	return m.all[rapid.IntRange(max(0, len(m.all)-4), len(m.all)-1).Draw(m.t, "authentication")]
}

func (m *model) again() {
	if r := m.pick(); r != nil {
		m.ask(r)
	}
}

// answer draws a prompt and a phone.
func (m *model) answer() (*run, *asked, phone) {
	r := m.pick()
	if r == nil || len(r.prompts) == 0 {
		return nil, nil, phone{}
	}
	return r, &r.prompts[rapid.IntRange(0, len(r.prompts)-1).Draw(m.t, "prompt")], m.phones[rapid.IntRange(0, 1).Draw(m.t, "phone")]
}

func (m *model) approve() {
	_, a, p := m.answer()
	if a == nil {
		return
	}
	before := m.w.prompt(a.x.ID)
	got, err := p.approve(m.w.Context(), a.x, a.control)
	switch {
	case m.off[p.token]:
		want(m.w, err, "prompt.unknown")
	case err != nil:
		m.t.Fatal(err)
	case got.Accepted && before.Status == prompt.Pending:
		a.yes++
		a.by = p.token
	case got.Accepted && before.Token != p.token:
		m.t.Fatalf("accepted what another one has answered: %+v", before)
	}
}

func (m *model) refuse() {
	_, a, p := m.answer()
	if a == nil || rapid.IntRange(0, 2).Draw(m.t, "mood") > 0 {
		return
	}
	before := m.w.status(a.x.ID)
	got, err := p.refuse(m.w.Context(), a.x, rapid.Bool().Draw(m.t, "fraud"))
	if m.off[p.token] {
		want(m.w, err, "prompt.unknown")
		return
	}
	m.w.check(err)
	if got.Accepted && before == prompt.Pending {
		a.no++
	}
}

// take has the bank submit the proof.
func (m *model) take() {
	r := m.pick()
	if r == nil {
		return
	}
	out, err := m.w.step(r.o, "app", "")
	switch {
	case err != nil && fault.KindOf(err) != fault.Conflict:
		m.t.Fatal(err)
	case err != nil:
	case out.State != hub.Granted:
		m.t.Fatalf("neither granted nor waiting: %+v", out)
	default:
		r.granted++
		last := r.prompts[len(r.prompts)-1]
		if last.yes != 1 || last.no != 0 || m.off[last.by] || m.w.status(last.x.ID) != prompt.Used {
			m.t.Fatalf("granted by %+v", last)
		}
	}
}

func (m *model) block() {
	p := m.phones[rapid.IntRange(0, 1).Draw(m.t, "phone")]
	if m.off[p.token] || rapid.IntRange(0, 3).Draw(m.t, "luck") > 0 {
		return
	}
	_, err := m.w.tokens.Block(m.w.Context(), system, mobiletoken.Order{Customer: m.c, Token: p.token, Reason: "a test", Warned: true}, time.Time{})
	m.w.check(err)
	m.off[p.token] = true
}

func (m *model) invariants() {
	for _, r := range m.all[max(0, len(m.all)-4):] {
		refused := 0
		for _, a := range r.prompts {
			if a.yes+a.no > 1 {
				m.t.Fatalf("answered more than once: %+v", a)
			}
			refused += a.no
		}
		got := m.w.get(r.o)
		if r.granted > 1 || (got.State == hub.Granted) != (r.granted == 1) || (got.State == hub.Denied) != (refused > 0) {
			m.t.Fatalf("%+v: granted %d times, refused %d", got, r.granted, refused)
		}
	}
	if n := m.w.failures(m.c); n != 0 {
		m.t.Fatalf("%d failures are counted", n)
	}
	waits := m.w.count("prompt WHERE customer = $1 AND status = 'pending' AND expires_at > $2", m.c, m.w.clock.Now())
	if waits > 2 {
		m.t.Fatalf("%d wait", waits)
	}
	for _, p := range m.phones {
		if n := len(p.inbox()); !m.off[p.token] && n != waits || m.off[p.token] && n != 0 {
			m.t.Fatalf("%d in the inbox of %d that wait", n, waits)
		}
	}
}
