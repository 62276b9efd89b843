package companion_test

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/keyring"
)

func (w *world) recipients() *companion.Recipients {
	return &companion.Recipients{DB: w.d, Ring: w.desk.Ring, Rand: rand.Reader, Now: w.clock.Now}
}

func (w *world) offered(r *companion.Recipients) (ids []envelope.KeyID) {
	w.Helper()
	all, err := r.Offered(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, k := range all {
		ids = append(ids, k.Key.Public().ID())
	}
	return ids
}

// begin sets the clock to the first moment of a span between two keys.
func (w *world) begin() {
	span := companion.RecipientSpan.Microseconds()
	w.clock.Set(time.UnixMicro((w.clock.Now().UnixMicro()/span + 1) * span))
}

// TestRecipients: keys rotate in days; a key opens until the last message to it is too old, and is then destroyed.
func TestRecipients(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.begin()
		one, other := w.recipients(), w.recipients()
		first := w.offered(one)
		if len(first) != 2 || first[0] == first[1] {
			t.Fatalf("%d keys are offered, want one of each suite", len(first))
		}
		if k, found, err := one.Private(t.Context(), first[0]); err != nil || !found || k.Key.Public().Suite() != envelope.Hybrid {
			t.Fatal("the hybrid key must come first:", found, err)
		}
		if got := w.offered(other); got[0] != first[0] || got[1] != first[1] {
			t.Error("two nodes offer two keys")
		}
		w.clock.Advance(companion.RecipientSpan)
		second := w.offered(one)
		if len(second) != 4 || second[0] == first[0] || second[2] != first[0] {
			t.Errorf("after a span %d keys are offered; want a new one of each suite, then the old ones", len(second))
		}
		if _, found, err := other.Private(t.Context(), second[0]); err != nil || !found {
			t.Errorf("another node does not find the new key: %v", err)
		}
		w.clock.Advance(companion.RecipientSeal - companion.RecipientSpan + time.Second)
		if got := w.offered(one); len(got) != 2 {
			t.Errorf("%d keys are offered after the old ones ended", len(got))
		}
		w.clock.Advance(envelope.MaxLate)
		if _, found, _ := one.Private(t.Context(), first[0]); !found {
			t.Error("a message that is late but in time does not open")
		}
		w.clock.Advance(time.Hour)
		if _, found, _ := one.Private(t.Context(), first[0]); found {
			t.Error("the key still opens")
		}
		if err := one.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*companion.Recipients{one, other, w.recipients()} {
			if _, found, err := r.Private(t.Context(), first[0]); found || err != nil {
				t.Error("the key was not destroyed:", err)
			}
		}
		var n int
		err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT COUNT(*) FROM companion_recipient WHERE key_id = $1", first[0][:]).Scan(&n)
		})
		if err != nil || n != 0 {
			t.Errorf("%d rows are left, %v", n, err)
		}
	})
}

// TestRecipientsRace: nodes that turn at once agree on one key of each suite.
func TestRecipientsRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if err := w.recipients().Turn(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := w.offered(w.recipients()); len(got) != 2 {
			t.Errorf("%d keys", len(got))
		}
	})
}

// TestRecipientsReseal: the keys are opened by a new data key, too.
func TestRecipientsReseal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.offered(w.recipients())[0]
		ring := w.desk.Ring
		if err := ring.Rotate(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		moved := 0
		err := ring.Reseal(t.Context(), companion.Columns(), "test", func(keyring.Progress) { moved++ })
		if err != nil || moved == 0 {
			t.Fatal(moved, err)
		}
		if _, found, err := w.recipients().Private(t.Context(), id); err != nil || !found {
			t.Errorf("after resealing: %v, %v", found, err)
		}
	})
}

// TestQuestions: a nonce is of one question, to one device, through one primary, for two minutes.
func TestQuestions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		a, _, err := w.name(p, companion.Thing{Kind: companion.Watch, Keys: keys()})
		if err != nil {
			t.Fatal(err)
		}
		now := w.clock.Now()
		nonce := w.desk.Question(p, a.Number, now)
		for name, x := range map[string]struct {
			primary companion.Companion
			device  int
			nonce   []byte
			at      time.Time
			want    bool
		}{
			"at once":        {p, a.Number, nonce, now, true},
			"at its end":     {p, a.Number, nonce, now.Add(companion.QuestionLife), true},
			"after it":       {p, a.Number, nonce, now.Add(companion.QuestionLife + time.Millisecond), false},
			"before it":      {p, a.Number, nonce, now.Add(-time.Minute), false},
			"another device": {p, p.Number, nonce, now, false},
			"another way":    {a, a.Number, nonce, now, false},
			"changed":        {p, a.Number, append([]byte{nonce[0] ^ 1}, nonce[1:]...), now, false},
			"none":           {p, a.Number, nil, now, false},
		} {
			if got := w.desk.Asked(x.primary, x.device, x.nonce, x.at); got != x.want {
				t.Errorf("%s: %v", name, got)
			}
		}
		if string(w.desk.Salt(p)) == string(w.desk.Salt(a)) {
			t.Error("two primaries have one salt")
		}
	})
}

// TestRecipientsOfANodeBehind: a node whose clock is a little behind offers the key of the next span that another one made, and does not write at each request.
func TestRecipientsOfANodeBehind(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.begin()
		behind := w.recipients()
		if err := behind.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := w.clock.Now()
		behind.Now = func() time.Time { return now.Add(-2 * time.Second) }
		behind.DB = nil // whoever needs it now fails
		if got := w.offered(behind); len(got) != 2 {
			t.Errorf("%d keys are offered", len(got))
		}
	})
}
