package prompt_test

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/risk"
)

// TestTable: every act in every state leads where the table of the package comment says.
func TestTable(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[prompt.Act][]string{}
	_, table, _ := strings.Cut(string(doc), "act \\ from")
	table, _, _ = strings.Cut(table, "\n//\n// Each")
	_, table, _ = strings.Cut(table, "\n")
	for line := range strings.Lines(table) {
		if f := strings.Fields(strings.TrimPrefix(line, "//")); len(f) >= 4 {
			rows[prompt.Act(f[0])] = f[1:4]
		}
	}
	cells := 0
	for _, a := range prompt.Acts() {
		row := rows[a]
		if row == nil {
			t.Errorf("the table has no row for %s", a)
			continue
		}
		for _, from := range prompt.Statuses() {
			col := map[prompt.Status]int{prompt.Pending: 0, prompt.Approved: 1}
			i, open := col[from]
			if !open {
				i = 2
			}
			to, possible := a.To(from)
			if want := strings.ReplaceAll(row[i], "–", ""); string(to) != want || possible != (want != "") || possible && !from.Open() {
				t.Errorf("%s from %s: %q, %t; the table says %q", a, from, to, possible, row[i])
			}
			cells++
		}
	}
	if want := len(prompt.Acts()) * len(prompt.Statuses()); cells != want || len(rows) != len(prompt.Acts()) {
		t.Errorf("%d cells of %d, %d rows", cells, want, len(rows))
	}
}

// story is a prompt in some state, with what belongs to it.
type story struct {
	w       *world
	phones  []phone
	o       outcome
	x       prompt.Prompt
	control string
}

type outcome = struct{ step func() error }

// reach brings a new prompt into a state by what people do.
func (w *world) reach(number string, s prompt.Status, phones []phone) story {
	w.Helper()
	o, x, control := w.asked(number)
	st := story{w: w, phones: phones, x: x, control: control, o: outcome{step: func() error { _, err := w.step(o, "app", ""); return err }}}
	approve := func() {
		if got, err := phones[0].approve(w.Context(), x, control); err != nil || !got.Accepted {
			w.Fatal(got, err)
		}
	}
	refuse := func(fraud bool) {
		if got, err := phones[0].refuse(w.Context(), x, fraud); err != nil || !got.Accepted {
			w.Fatal(got, err)
		}
	}
	switch s {
	case prompt.Pending:
	case prompt.Approved:
		approve()
	case prompt.Used:
		approve()
		w.check(st.o.step())
	case prompt.Refused:
		refuse(false)
	case prompt.Reported:
		refuse(true)
	case prompt.Expired:
		w.clock.Advance(2 * time.Minute)
		w.ask(o, "app") // makes the row say so
	case prompt.Cancelled:
		w.check(w.d.Write(w.Context(), func(tx *db.Tx) error { return w.desk.Cancel(tx, x.Customer, w.authentication(x)) }))
	case prompt.Superseded:
		w.clock.Advance(30 * time.Second)
		w.ask(o, "app")
	}
	if got := w.status(x.ID); got != s {
		w.Fatalf("brought to %s, not to %s", got, s)
	}
	return st
}

func (w *world) authentication(x prompt.Prompt) (id [16]byte) {
	w.Helper()
	w.check(w.d.Read(w.Context(), func(tx *db.Tx) error {
		var b []byte
		err := tx.Row("SELECT authentication FROM prompt WHERE id = $1", x.ID).Scan(&b)
		copy(id[:], b)
		return err
	}))
	return id
}

// TestEveryStateAndAct carries out every act that the outside can on prompts in every state.
func TestEveryStateAndAct(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		write := func(f func(*db.Tx) error) error { return w.d.Write(ctx, f) }
		acts := []struct {
			name string
			act  prompt.Act
			do   func(story) error
		}{
			{"approve", prompt.Approve, func(s story) error { _, err := s.phones[1].approve(ctx, s.x, s.control); return err }},
			{"refuse", prompt.Refuse, func(s story) error { _, err := s.phones[1].refuse(ctx, s.x, false); return err }},
			{"report", prompt.Report, func(s story) error { _, err := s.phones[1].refuse(ctx, s.x, true); return err }},
			{"use", prompt.Use, func(s story) error { _ = s.o.step(); return nil }},
			{"cancel", prompt.Cancel, func(s story) error {
				return write(func(tx *db.Tx) error { return w.desk.Cancel(tx, s.x.Customer, w.authentication(s.x)) })
			}},
			{"restore", prompt.Cancel, func(story) error {
				return write(func(tx *db.Tx) error { return prompt.Restored(tx, audit.Recovery{}) })
			}},
		}
		number := 0
		for _, from := range prompt.Statuses() {
			for _, a := range acts {
				number++
				name := "E" + string(rune('A'+number/26)) + string(rune('A'+number%26))
				_, phones := w.customer(name, 2)
				s := w.reach(name, from, phones)
				if a.name == "cancel" { // its own transaction reads the row first
					id := w.authentication(s.x)
					a.do = func(s story) error {
						return write(func(tx *db.Tx) error { return w.desk.Cancel(tx, s.x.Customer, id) })
					}
				}
				w.check(a.do(s))
				want, possible := a.act.To(from)
				if !possible {
					want = from
				}
				if got := w.status(s.x.ID); got != want {
					t.Errorf("%s from %s: %s, want %s", a.name, from, got, want)
				}
			}
		}
	})
}

// TestBlockedTokenApprovesNothing: a block after the approval, and before it is taken.
func TestBlockedTokenApprovesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 2)
		o, x, control := w.asked("100")
		if got, err := phones[0].approve(t.Context(), x, control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if _, err := w.tokens.Block(t.Context(), system, mobiletoken.Order{Customer: c, Token: phones[0].token, Reason: "stolen", Warned: true}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		_, err := w.step(o, "app", "")
		want(t, err, "prompt.none")
		if got := w.get(o); got.Asked == nil || got.Asked.State != "expired" {
			t.Errorf("%+v", got.Asked)
		}
		_, err = phones[0].approve(t.Context(), x, control)
		want(t, err, "prompt.unknown")
		if len(phones[0].inbox()) != 0 {
			t.Error("a blocked token sees what is asked")
		}
		if w.failures(c) != 0 {
			t.Error("counted")
		}
	})
}

// TestMoved: what waits is answered by the new token; what the old one approved is not taken.
func TestMoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phones := w.customer("100", 1)
		o, x, control := w.asked("100")
		if got, err := phones[0].approve(t.Context(), x, control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		waits := w.start("100")
		wch := w.ask(waits, "app")
		fresh := w.migrate(phones[0])
		_, err := w.step(o, "app", "")
		want(t, err, "prompt.none")
		if s := w.status(x.ID); s != prompt.Cancelled {
			t.Errorf("%s", s)
		}
		in := fresh.inbox()
		if len(in) != 1 || in[0].ID != wch.ID {
			t.Fatalf("%+v", in)
		}
		_, err = phones[0].approve(t.Context(), in[0], wch.Control)
		want(t, err, "prompt.unknown")
		if got, err := fresh.approve(t.Context(), in[0], wch.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if out, err := w.step(waits, "app", ""); err != nil || out.State != "granted" {
			t.Fatal(out, err)
		}
	})
}

// migrate moves a token to a new phone.
func (w *world) migrate(p phone) phone {
	w.Helper()
	yes := true
	_, t, out, err := w.tokens.Migrate(w.Context(), system, mobiletoken.Migrate{Order: mobiletoken.Order{Customer: p.customer, Token: p.token, Reason: "a test", Warned: true}, KeepSerial: &yes})
	w.check(err)
	return w.redeem(t, out.ClientID)
}

// TestSuspendedAndErased: nobody answers for a customer who is not active, and nothing stays.
func TestSuspendedAndErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		o, x, control := w.asked("100")
		if got, err := phones[0].approve(t.Context(), x, control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		_, y, control2 := w.asked("100")
		if in := phones[0].inbox(); len(in) != 1 || in[0].ID != y.ID {
			t.Fatalf("%+v", in)
		}
		w.check(w.register.Suspend(t.Context(), system, c, "a test"))
		if in := phones[0].inbox(); len(in) != 0 {
			t.Errorf("a suspended customer is asked: %+v", in)
		}
		_, err := w.step(o, "app", "")
		want(t, err, "prompt.none")
		_, err = phones[0].approve(t.Context(), y, control2)
		want(t, err, "prompt.unknown")
		_, err = phones[0].refuse(t.Context(), y, true)
		want(t, err, "prompt.unknown")
		w.check(w.register.Close(t.Context(), system, c, "a test"))
		w.check(w.register.Erase(t.Context(), system, c))
		if n := w.count("prompt WHERE customer = $1", c) + w.count("prompt_holder WHERE customer = $1", c); n != 0 {
			t.Errorf("%d rows stay", n)
		}
	})
}

// TestClosedChannel: an approval on a channel that is closed meanwhile grants nothing, and what is
// asked for the authentication is cancelled.
func TestClosedChannel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		o, x, control := w.asked("100")
		if got, err := phones[0].approve(t.Context(), x, control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		engine := &risk.Desk{DB: w.d, Rand: rand.Reader}
		w.check(w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := engine.BlockChannel(tx, system, risk.ChannelBlock{Customer: c, Channel: "web", Cause: risk.CauseBank})
			return err
		}))
		_, err := w.step(o, "app", "")
		want(t, err, "authentication.over")
		if got := w.get(o); got.State != "denied" || got.Reason != "channel_blocked" || w.status(x.ID) != prompt.Cancelled {
			t.Errorf("%+v, %s", got, w.status(x.ID))
		}
		if w.failures(c) != 0 {
			t.Error("counted")
		}
	})
}

// TestGrantedByAnotherWay: what is still asked of the customer is cancelled.
func TestGrantedByAnotherWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phones := w.customer("100", 1)
		o, x, control := w.asked("100")
		ch := w.ask(o, "picture")
		if len(phones[0].inbox()) != 1 {
			t.Fatal("not asked")
		}
		if out, err := w.step(o, "picture", phones[0].sign(w.opened(ch.Picture), "")); err != nil || out.State != "granted" {
			t.Fatal(out, err)
		}
		if w.status(x.ID) != prompt.Cancelled || len(phones[0].inbox()) != 0 {
			t.Errorf("%s", w.status(x.ID))
		}
		if got, err := phones[0].approve(t.Context(), x, control); err != nil || got.Accepted || got.Status != prompt.Cancelled {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestSweep: what ran out thirty days ago goes, and nothing else.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", 1)
		_, old, _ := w.asked("100")
		w.clock.Advance(30*24*time.Hour + 3*time.Minute)
		_, young, _ := w.asked("100")
		most, err := w.desk.Sweep(t.Context(), 10)
		if err != nil || most != 1 {
			t.Fatal(most, err)
		}
		if w.count("prompt WHERE id = $1", old.ID) != 0 || w.count("prompt WHERE id = $1", young.ID) != 1 || w.count("prompt_holder") != 1 {
			t.Error("swept too much, or too little")
		}
	})
}
