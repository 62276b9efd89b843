package push_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/webpush"
)

var operator = audit.System("command line")

func (w *world) key() string {
	w.Helper()
	k, err := w.desk.PublicKey(w.Context())
	w.must(err)
	return k
}

// signer is the key that signs for a token, as its push service knows it.
func (w *world) signer() string {
	w.Helper()
	k, err := w.desk.Signer(w.Context(), w.target(maria, phone))
	w.must(err)
	text, err := webpush.FormatKey(&k.PublicKey)
	w.must(err)
	return text
}

// The first need makes the key, once, however many nodes need it.
func TestTheFirstKeyIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		var keys sync.Map
		for range 8 {
			wg.Go(func() {
				k, err := w.node().PublicKey(t.Context())
				w.must(err)
				keys.Store(k, true)
			})
		}
		wg.Wait()
		n := 0
		keys.Range(func(any, any) bool { n++; return true })
		if n != 1 || w.count("push_key") != 1 || w.records(push.AuditKeyMade) != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

// A retired key signs for what was bound under it, and is spent when nothing is.
func TestKeysAreSucceeded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.subscription("https://push.example/1")
		w.bind(maria, phone, s)
		first := w.key()
		made, err := w.desk.Rotate(t.Context(), operator, false)
		w.must(err)
		if w.key() != made.Public || made.Public == first || made.Number != 2 || w.signer() != first {
			t.Fatalf("made %+v, the first is %s, and %s signs", made, first, w.signer())
		}
		s.Key = first // a phone that asked a moment before
		w.bind(maria, phone, s)
		if w.signer() != first {
			t.Error("a subscription under the former key was taken for one under the new")
		}
		sweep := func() {
			t.Helper()
			w.clock.Advance(2 * time.Hour)
			_, err := w.desk.Sweep(t.Context(), 10)
			w.must(err)
		}
		sweep()
		if w.signer() != first {
			t.Error("a key in use was destroyed")
		}
		s.Key = ""
		w.bind(maria, phone, s) // the phone has subscribed again
		if w.signer() != made.Public {
			t.Error("the new key does not sign")
		}
		sweep()
		all, err := w.desk.Keys(t.Context())
		if err != nil || len(all) != 2 || !all[0].Spent || all[1].Spent || all[0].Retired.IsZero() {
			t.Errorf("%+v, %v", all, err)
		}
		s.Key = first
		if err := w.desk.Bind(t.Context(), her, maria, slate, s); !fault.Is(err, "push.key") {
			t.Errorf("bound under a spent key: %v", err)
		}
	})
}

// A stolen key signs nothing more, and what was bound under it is gone.
func TestAStolenKeyIsSpentAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.bind(maria, phone, w.subscription("https://push.example/1"))
		target := w.target(maria, phone)
		_, err := w.desk.Rotate(t.Context(), operator, true)
		w.must(err)
		if _, err := w.desk.Signer(t.Context(), target); !fault.Is(err, "push.key_spent") {
			t.Errorf("it signs: %v", err)
		}
		all, err := w.desk.Health(t.Context(), maria)
		if h := all[phone]; err != nil || h.State != push.Over || h.Reason != push.KeyStolen {
			t.Errorf("%+v, %v", h, err)
		}
		if w.count("push_key WHERE private IS NOT NULL") != 1 || w.records(push.AuditRotated) != 1 {
			t.Error("the private part is still there")
		}
	})
}

// Of rotations at the same moment each makes one key or says that another was faster; numbers
// are consecutive, and one key is the newest.
func TestRotationsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.key()
		var wg sync.WaitGroup
		var made atomic.Int64
		for range 6 {
			wg.Go(func() {
				_, err := w.node().Rotate(t.Context(), operator, false)
				if err == nil {
					made.Add(1)
				} else if !fault.Is(err, "push.rotated_meanwhile") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.count("push_key"); n != int(made.Load())+1 || made.Load() == 0 || w.count("push_key WHERE retired_at IS NULL AND number = $1", n) != 1 {
			t.Errorf("%d keys after %d rotations", n, made.Load())
		}
	})
}

// A public key that somebody wrote into the table is not told to phones.
func TestAForgedKeyIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.key()
		other, err := webpush.NewSubscriber(zeros{})
		w.must(err)
		forged, _ := other.Keys()
		w.write(func(tx *db.Tx) error { _, err := tx.Exec("UPDATE push_key SET public = $1", forged); return err })
		if k, err := w.node().PublicKey(t.Context()); !fault.Is(err, "push.key_broken") {
			t.Errorf("%s, %v", k, err)
		}
		_, err = w.desk.Rotate(t.Context(), operator, true) // what the message says
		w.must(err)
		if k, err := w.node().PublicKey(t.Context()); err != nil || k == forged {
			t.Errorf("%s, %v", k, err)
		}
	})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
