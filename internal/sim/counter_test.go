package sim_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// TestCardsWithACounter: cards that another system had are imported with what they have seen, and counters are
// raised by hand, upwards only.
func TestCardsWithACounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "c", Open: file(head+",counter", line(iccid, phone, 1)+",500")}); err != nil {
			t.Fatal(err)
		}
		next := func(want uint64) {
			t.Helper()
			w.send(w.find(iccid))
			w.deliver()
			all := w.center.all()
			if c := opened(t, all[len(all)-1]); c.Counter != want {
				t.Errorf("counter %d, want %d", c.Counter, want)
			}
		}
		next(501)
		if err := w.Raise(t.Context(), tester, iccid, 9000, "it says counter_low"); err != nil {
			t.Fatal(err)
		}
		next(9001)
		for above, code := range map[uint64]string{9001: "sim.counter", 0: "sim.counter", uint64(sim.Exhausted): "sim.counter", math.MaxUint64: "sim.counter"} {
			if err := w.Raise(t.Context(), tester, iccid, above, "x"); fault.From(err).Code != code {
				t.Errorf("above %d: %v", above, err)
			}
		}
		next(9002)
		if n := w.count("journal WHERE kind = $1", sim.AuditRaised); n != 1 {
			t.Errorf("%d records", n)
		}
		for _, counter := range []string{"-1", "x", "1099511627774", "99999999999999999999"} {
			if _, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "c", Open: file(head+",counter", line("8947000000000000009", "", 1)+","+counter)}); err == nil {
				t.Errorf("the counter %s was taken", counter)
			}
		}
	})
}

// TestWeakKeysAreNotImported: nor sent with, if they are there.
func TestWeakKeysAreNotImported(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, l := range []string{
			"3des,00112233445566770011223344556677,01234567012345670123456701234567", "3des,00112233445566778899aabbccddeeff,01234567012345670022446600224466",
			"aes,00000000000000000000000000000000,00112233445566778899aabbccddeeff", "aes,00112233445566778899aabbccddeeff,ffffffffffffffffffffffffffffffff",
			"3des,00112233445566778899aabbccddeeff8899aabbccddeeff,00112233445566778899aabbccddeeff0123456789abcdef",
		} {
			_, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "c", Open: file(head, iccid+","+phone+",1,"+l)})
			if fault.From(err).Code != "sim.import_refused" {
				t.Errorf("%s: %v", l, err)
			}
		}
	})
}

// TestWeakSettingsAreNotSent: a key set whose algorithm is weak, however it came into the database.
func TestWeakSettingsAreNotSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE sim_key_set SET algorithm = $2 WHERE card = $1", card.ID, int(ota.Implicit))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.trySend(w.message(card)); err == nil || !strings.Contains(err.Error(), ota.ErrRefused.Error()) {
			t.Errorf("it was sent: %v", err)
		}
	})
}

// TestRestoredCounters: they jump once, and stop before the end; parts of answers are forgotten.
func TestRestoredCounters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		restored := func() (counter int64) {
			t.Helper()
			if err := w.d.Write(t.Context(), func(tx *db.Tx) error {
				if err := w.Restored(tx, audit.Recovery{}); err != nil {
					return err
				}
				return tx.Row("SELECT counter FROM sim_key_set").Scan(&counter)
			}); err != nil {
				t.Fatal(err)
			}
			return counter
		}
		w.send(card)
		w.receive(phone, []byte{7, 0, 3, 9, 2, 1, 0x71, 0, 'x'})
		if n := w.count("sim_part"); n != 1 {
			t.Fatalf("%d parts", n)
		}
		if got := restored(); got != 1+sim.Jump {
			t.Errorf("%d", got)
		}
		if n := w.count("sim_part"); n != 0 {
			t.Errorf("%d parts of before are left", n)
		}
		if err := w.Raise(t.Context(), tester, iccid, uint64(sim.Exhausted-3), "x"); err != nil {
			t.Fatal(err)
		}
		if got := restored(); got != sim.Exhausted {
			t.Errorf("%d, want %d", got, sim.Exhausted)
		}
		if _, err := w.trySend(w.message(card)); fault.From(err).Code != "sim.spent" {
			t.Error(err)
		}
	})
}

// TestHandedOverOnce: what was answered before its center said that it took it is not handed over again, and nothing to a
// card that is suspended; the parts have the message's reference.
func TestHandedOverOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		m := w.message(card)
		m.Data = make([]byte, 200)
		if err := w.Raise(t.Context(), tester, iccid, 41, "x"); err != nil {
			t.Fatal(err)
		}
		id, err := w.trySend(m)
		if err != nil {
			t.Fatal(err)
		}
		record, err := w.Hand(t.Context(), outbox.Message{ID: id, Expires: m.Expires})
		if err != nil || record == nil {
			t.Fatal(err)
		}
		o := w.center.all()[0]
		if s, err := ota.ParseSegment(o.Parts[1]); err != nil || s.Reference != 42 {
			t.Errorf("%+v, %v", s, err)
		}
		w.receive(phone, reply(t, opened(t, o), ota.MoreTime, nil)...)
		w.is(id, sim.Acknowledged)
		if again, err := w.Hand(t.Context(), outbox.Message{ID: id, Expires: m.Expires}); err != nil || again != nil || len(w.center.all()) != 1 {
			t.Errorf("the card has it, and it was handed over again: %v", err)
		}
		id = w.send(card)
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { // a suspension that meets the outbox half way
			_, err := tx.Exec("UPDATE sim_card SET state = 'suspended' WHERE id = $1", card.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Hand(t.Context(), outbox.Message{ID: id, Expires: m.Expires}); !outbox.IsPermanent(err) || len(w.center.all()) != 1 {
			t.Errorf("a packet went to a suspended card: %v", err)
		}
	})
}

// TestLongReasons: what a center says is cut between characters.
func TestLongReasons(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.send(w.card())
		w.clock.Advance(time.Second)
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			return w.Buried(tx, outbox.Message{ID: id, Expires: tx.Now.Add(time.Minute)}, "x"+strings.Repeat("é", 150))
		}); err != nil {
			t.Fatal(err)
		}
		if s := w.is(id, sim.Failed); !utf8.ValidString(s.Reason) || len(s.Reason) < 200 || len(s.Reason) > 212 {
			t.Errorf("%d octets: %q", len(s.Reason), s.Reason)
		}
	})
}

// TestMoveOfASuspendedNumber: the new card is active, and the record says what the former was.
func TestMoveOfASuspendedNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.card()
		const other = "8947000000000000002"
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "more.csv", Open: file(head, line(other, "", 1))}); err != nil {
			t.Fatal(err)
		}
		if err := w.Suspend(t.Context(), tester, iccid, "phone is lost"); err != nil {
			t.Fatal(err)
		}
		if err := w.Move(t.Context(), tester, phone, other, "new card"); err != nil {
			t.Fatal(err)
		}
		if c := w.find(phone); c.ICCID != other || c.State != sim.Active {
			t.Errorf("%+v", c)
		}
		var details []byte
		if err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT details FROM journal WHERE kind = $1", sim.AuditMoved).Scan(&details)
		}); err != nil || !strings.Contains(string(details), "suspended") {
			t.Errorf("%s, %v", details, err)
		}
	})
}
