package issuing_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// DI-16, DI-228: at the end of the day the issuer has each payment that was approved, less what came back, with token and account; what was refused or taken back
// whole is not there, nor what is of another day.
func TestDI228Clearing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		start := w.clock.Now()
		w.ask(w.payment(100)) // of the day before
		w.clock.Advance(24 * time.Hour)
		w.key = must[vault.Granted](w)(w.vault.Renew(t.Context(), ann, w.token.ID, vault.Key, 2))
		paid, part, whole := w.payment(1200), w.payment(3000), w.payment(500)
		for _, r := range []issuing.Request{paid, part, whole} {
			if got := w.ask(r); got.Outcome != issuing.Approve {
				t.Fatalf("%+v", got)
			}
		}
		wrong := w.payment(700)
		wrong.Chip.Cryptogram[0] ^= 1
		w.ask(wrong)
		must[issuing.Returned](w)(w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "back-1", Original: part.Key, Paid: 2000}))
		must[issuing.Returned](w)(w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "back-2", Original: whole.Key}))
		advice := issuing.Advice{Request: w.payment(900), Approved: 900, Code: "A1B2C3"}
		must[issuing.Decision](w)(w.desk.Advise(t.Context(), ann, advice))

		var due []int64
		back := false
		read := func(from, to time.Time) int {
			t.Helper()
			due = nil
			return must[int](w)(w.desk.Clearing(t.Context(), ann, from, to, func(c issuing.Cleared) error {
				if c.Account != "4147090000001237" || c.TokenNumber != w.token.Number || c.Expires != "2912" || c.Code == "" || c.Return != back {
					t.Errorf("%+v", c)
				}
				due = append(due, c.Due)
				return nil
			}))
		}
		if n := read(start.Add(time.Hour), start.Add(48*time.Hour)); n != 3 || !slices.Equal(slices.Sorted(slices.Values(due)), []int64{900, 1200, 2000}) {
			t.Errorf("%d payments, %v", n, due)
		}
		if n := read(start, start.Add(time.Hour)); n != 1 || due[0] != 100 {
			t.Errorf("the day before: %d, %v", n, due)
		}
		// What comes back later belongs to its own day, and the day before stays as it was cleared.
		w.clock.Advance(24 * time.Hour)
		for _, left := range []int64{1050, 1000} {
			w.reverse(w.bare(0).Key, paid.Key, left)
		}
		if n := read(start.Add(time.Hour), start.Add(48*time.Hour)); n != 3 || !slices.Equal(slices.Sorted(slices.Values(due)), []int64{900, 1200, 2000}) {
			t.Errorf("the same day afterwards: %d payments, %v", n, due)
		}
		back = true
		if n := read(start.Add(48*time.Hour), start.Add(72*time.Hour)); n != 2 || !slices.Equal(slices.Sorted(slices.Values(due)), []int64{50, 150}) {
			t.Errorf("what came back: %d, %v", n, due)
		}
		back = false
		full := errors.New("the disk is full")
		if _, err := w.desk.Clearing(t.Context(), ann, start, start.Add(48*time.Hour), func(issuing.Cleared) error { return full }); !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
		// Each time is on record before the first number is handed out, and afterwards, also where it ended too early.
		w.recorded(issuing.AuditClearing, "", 5)
		w.recorded(issuing.AuditCleared, "", 5)
		w.recorded(issuing.AuditCleared, `"complete":false`, 1)
		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error { return vault.Erase(tx, w.who) }))
		if n := read(start, start.Add(48*time.Hour)); n != 0 {
			t.Errorf("%d payments of an erased customer", n)
		}
	})
}

// recorded counts the records of a kind with a text in their details.
func (w *world) recorded(kind, text string, want int) {
	w.Helper()
	log := must[*audit.Log](w)(audit.New(w.d, w.desk.Ring, audit.Config{Origin: "test"}))
	p := must[audit.Page](w)(log.Find(w.Context(), audit.Filter{Kind: kind, Text: text}, "", 100))
	if len(p.Entries) != want {
		w.Errorf("%d records of %s with %s, want %d", len(p.Entries), kind, text, want)
	}
}
