package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

const other = "8947000000000000002"

// stock imports a card without a number.
func (w *world) stock() sim.Card {
	w.t.Helper()
	if _, err := w.ImportFile(w.t.Context(), tester, sim.Import{Open: file(head, line(other, "", 3))}); err != nil {
		w.t.Fatal(err)
	}
	return w.find(other)
}

// watcher remembers what it is told of cards.
type watcher []string

func (x *watcher) Moved(_ *db.Tx, _ audit.Actor, from, to sim.Card) error {
	*x = append(*x, "moved "+from.ICCID+" "+from.MSISDN+" "+to.ICCID+" "+to.MSISDN)
	return nil
}

func (x *watcher) Changed(_ *db.Tx, _ audit.Actor, c sim.Card) error {
	*x = append(*x, string(c.State)+" "+c.ICCID+" "+c.MSISDN)
	return nil
}

// TestLifeOfACard does everything in every state.
func TestLifeOfACard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.stock()
		acts := map[string]func() error{
			"assign":  func() error { return w.Assign(ctx, tester, other, "4791234567", "ordered") },
			"suspend": func() error { return w.Suspend(ctx, tester, other, "lost") },
			"resume":  func() error { return w.Resume(ctx, tester, other, "found") },
			"retire":  func() error { return w.Retire(ctx, tester, other, "stolen") },
		}
		try := func(state sim.CardState, refused ...string) {
			t.Helper()
			if c := w.find(other); c.State != state {
				t.Errorf("it is %s, want %s", c.State, state)
			}
			for _, name := range refused {
				if err := acts[name](); !fault.Is(err, "sim.card_state") && !fault.Is(err, "sim.number_taken") {
					t.Errorf("%s while %s: %v", name, state, err)
				}
			}
		}
		do := func(name string) {
			t.Helper()
			if err := acts[name](); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		try(sim.Stock, "suspend", "resume")
		do("assign")
		try(sim.Active, "assign", "resume")
		if c := w.find(phone); c.ICCID != other {
			t.Errorf("%+v", c)
		}
		do("suspend")
		try(sim.Suspended, "assign", "suspend")
		if _, err := w.trySend(w.message(w.find(other))); !fault.Is(err, "sim.card_state") {
			t.Error(err)
		}
		do("resume")
		try(sim.Active)
		do("retire")
		try(sim.Retired, "assign", "suspend", "resume", "retire")
		if c := w.find(other); c.MSISDN != "" || w.count("sim_key_set") != 0 {
			t.Errorf("%+v keeps its number or its keys", c)
		}
	})
}

// TestMove: a number gets another card; what was on its way is lost, and whoever watches learns of it.
func TestMove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var told watcher
		w.Watcher = &told
		old := w.card()
		w.stock()
		id := w.send(old)
		w.deliver()
		waits := w.send(old)
		if err := w.Assign(t.Context(), tester, other, phone, "by mistake"); !fault.Is(err, "sim.number_taken") {
			t.Error(err)
		}
		if err := w.Move(t.Context(), tester, "+47 912 34 567", other, "the card broke"); err != nil {
			t.Fatal(err)
		}
		w.is(id, sim.Failed)
		w.is(waits, sim.Failed)
		if w.has("lost", "lost"); !slices.Equal(w.heard.lost, []sim.Reason{sim.NoCard, sim.NoCard}) {
			t.Errorf("%v", w.heard.lost)
		}
		w.receive(phone, reply(t, opened(t, w.center.all()[0]), ota.OK, nil)...)
		w.deliver()
		if len(w.center.all()) != 1 {
			t.Error("a packet for the former card was sent")
		}
		now := w.find(phone)
		if now.ICCID != other || now.State != sim.Active || w.find(iccid).State != sim.Retired {
			t.Errorf("%+v", now)
		}
		if !slices.Equal(told, watcher{"moved " + iccid + " " + phone + " " + other + " " + phone}) {
			t.Errorf("%q", told)
		}
		if s := w.sending(w.send(now)); s.Counter != 1 {
			t.Errorf("counter %d", s.Counter)
		}
		for code, err := range map[string]error{
			"sim.number_unknown": w.Move(t.Context(), tester, "+4790000000", other, "x"), "sim.card_state": w.Move(t.Context(), tester, phone, iccid, "x"),
			"sim.card": w.Move(t.Context(), tester, phone, "89", "x"), "sim.reason": w.Move(t.Context(), tester, phone, other, " "), "sim.number": w.Move(t.Context(), tester, "call me", other, "x"),
		} {
			if !fault.Is(err, code) {
				t.Errorf("%s: %v", code, err)
			}
		}
		if c := w.find(phone); c.ICCID != other || c.State != sim.Active {
			t.Errorf("a refused move has changed something: %+v", c)
		}
	})
}

// TestMoveToItself: the number would vanish.
func TestMoveToItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.card()
		if err := w.Move(t.Context(), tester, phone, iccid, "x"); !fault.Is(err, "sim.card_state") {
			t.Error(err)
		}
		if c := w.find(phone); c.State != sim.Active {
			t.Errorf("%+v", c)
		}
	})
}

// TestErase: nothing says whose card it was, and nothing more is sent.
func TestErase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		w.center.answer = func(int) ([]string, error) { return []string{"1"}, nil }
		w.send(card)
		w.deliver()
		w.send(card)
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return w.Erase(tx, owner) }); err != nil {
			t.Fatal(err)
		}
		w.deliver()
		w.receive(phone, reply(t, opened(t, w.center.all()[0]), ota.OK, nil)...)
		w.has()
		if c := w.find(iccid); c.State != sim.Retired || c.MSISDN != "" || !c.Customer.IsZero() {
			t.Errorf("%+v", c)
		}
		if n := w.count("sim_message") + w.count("sim_key_set") + w.count("sim_receipt"); n != 0 || len(w.center.all()) != 1 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// TestNoSecretInTheTables: neither a number nor a key stands in any column in the clear.
func TestNoSecretInTheTables(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.send(w.card())
		k := keys(t)
		for _, column := range []string{"iccid", "msisdn", "msisdn_hash", "reason"} {
			if n := w.count("sim_card WHERE CAST(" + column + " AS TEXT) LIKE '%91234567%'"); n != 0 {
				t.Errorf("the number stands in %s", column)
			}
		}
		var sealed, packet []byte
		if err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row("SELECT keys FROM sim_key_set").Scan(&sealed); err != nil {
				return err
			}
			return tx.Row("SELECT packet FROM sim_message").Scan(&packet)
		}); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{string(k.KIc), string(k.KID), string(k.KIc[:8]), string(k.KID[:8])} {
			if strings.Contains(string(sealed)+string(packet), secret) {
				t.Error("a key stands in the table")
			}
		}
		if strings.Contains(string(packet), string([]byte{1, 5, 0, 0})) {
			t.Error("the command stands in the table")
		}
	})
}

func TestLists(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.card()
		w.clock.Advance(time.Second)
		w.stock()
		all, err := w.List(t.Context(), sim.Query{})
		if err != nil || len(all) != 2 || all[0].ICCID != iccid || all[1].ICCID != other || all[0].MSISDN != phone {
			t.Errorf("%+v, %v", all, err)
		}
		if all, err = w.List(t.Context(), sim.Query{After: first.ID, Limit: 1}); err != nil || len(all) != 1 || all[0].ICCID != other {
			t.Errorf("%+v, %v", all, err)
		}
		if all, err = w.List(t.Context(), sim.Query{State: sim.Active}); err != nil || len(all) != 1 || all[0].ICCID != iccid {
			t.Errorf("%+v, %v", all, err)
		}
		id := w.send(first)
		sent, err := w.Sendings(t.Context(), first.ID, 10)
		if err != nil || len(sent) != 1 || sent[0].ID != id || sent[0].Class != "status" {
			t.Errorf("%+v, %v", sent, err)
		}
		sets, err := w.KeySets(t.Context(), first.ID)
		if err != nil || len(sets) != 1 || sets[0] != (sim.KeySet{Number: 3, Algorithm: "aes", Counter: 1, Left: ota.MaxCounter - 2}) {
			t.Errorf("%+v, %v", sets, err)
		}
		counts, err := w.Count(t.Context())
		if err != nil || counts[sim.Active] != 1 || counts[sim.Stock] != 1 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

// TestRotation: numbers and keys move to another data key, and still work.
func TestRotation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		if err := w.Ring.Rotate(t.Context(), "system:test"); err != nil {
			t.Fatal(err)
		}
		moved := int64(0)
		if err := w.Ring.Reseal(t.Context(), sim.Columns(), "system:test", func(p keyring.Progress) { moved += p.Done }); err != nil || moved != 2 {
			t.Errorf("%d values were moved: %v", moved, err)
		}
		w.send(w.find(phone))
		w.deliver()
		if c := opened(t, w.center.all()[0]); c.Counter != 1 || w.find(iccid).ID != card.ID {
			t.Errorf("%+v", c)
		}
	})
}
