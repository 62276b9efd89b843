package vault_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/vault"
)

// threshold is a profile whose keys end by one limit; hours are always there.
func threshold(uses int, amount int64, foreign string) func(*vault.Profile) {
	return func(p *vault.Profile) {
		p.Key = vault.Threshold{Uses: uses, Hours: 24, Amount: amount}
		p.LowUses = 0
		if amount > 0 {
			p.Key.Currency, p.Key.Foreign = "EUR", foreign
		}
	}
}

// DI-21, DI-22, DI-26: the n-th use is taken, the one after is not, though the account is in good standing.
func TestDI22Uses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.key(w.token(w.portfolio("uses", ours, threshold(3, 0, ""))).Token)
		for range 3 {
			if worn := w.use(g, 100, "EUR"); worn != "" {
				t.Fatal(worn)
			}
		}
		if worn := w.use(g, 1, "EUR"); worn != vault.WornUses {
			t.Errorf("%q", worn)
		}
	})
}

// DI-23: taken just before its end, refused at it.
func TestDI23TimeToLive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.key(w.token(w.portfolio("time", ours, nil)).Token)
		w.clock.Advance(5*24*time.Hour - time.Second)
		if worn := w.use(g, 1, "EUR"); worn != "" {
			t.Errorf("a second before: %q", worn)
		}
		w.clock.Advance(time.Second)
		if worn := w.use(g, 1, "EUR"); worn != vault.WornTime {
			t.Errorf("at its end: %q", worn)
		}
	})
}

// DI-24, DD-13: a sum that would exceed the amount is refused, a smaller one is not; a reversal gives amount back, and no use.
func TestDI24AmountAndDD13Reversal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.key(w.token(w.portfolio("amount", ours, threshold(4, 10_000, "refuse"))).Token)
		for _, c := range []struct {
			amount   int64
			currency string
			want     vault.Worn
		}{{6_000, "EUR", ""}, {4_001, "EUR", vault.WornAmount}, {1, "USD", vault.WornCurrency}, {4_000, "EUR", ""}, {1, "EUR", vault.WornAmount}} {
			if worn := w.use(g, c.amount, c.currency); worn != c.want {
				t.Errorf("%d %s: %q", c.amount, c.currency, worn)
			}
		}
		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error {
			return vault.GiveBack(tx, vault.Charge{Token: g.Token, Kind: g.Kind, Index: g.Index, Amount: 6_000, Currency: "EUR"})
		}))
		got := must[[]vault.Grant](t)(w.desk.Grants(t.Context(), g.Token))
		if got[0].Charged != 4_000 || got[0].Used != 2 {
			t.Errorf("%+v", got[0])
		}
		for range 2 {
			if worn := w.use(g, 1, "EUR"); worn != "" {
				t.Error(worn)
			}
		}
		if worn := w.use(g, 1, "EUR"); worn != vault.WornUses {
			t.Errorf("the uses came back: %q", worn)
		}
	})
}

// DI-25: whichever end is first stops the key; payments abroad count as uses alone where the profile says so.
func TestDI25TheFirstEndStops(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.key(w.token(w.portfolio("both", ours, threshold(3, 10_000, "count"))).Token)
		for _, c := range []struct {
			amount   int64
			currency string
			want     vault.Worn
		}{{50_000, "USD", ""}, {9_999, "EUR", ""}, {2, "EUR", vault.WornAmount}, {1, "EUR", ""}, {1, "USD", vault.WornUses}} {
			if worn := w.use(g, c.amount, c.currency); worn != c.want {
				t.Errorf("%d %s: %q", c.amount, c.currency, worn)
			}
		}
	})
}

// DI-31: of 32 at the last two uses, two are taken.
func TestDI31TheLastUses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.key(w.token(w.portfolio("race", ours, threshold(2, 0, ""))).Token)
		var wg sync.WaitGroup
		results := make(chan vault.Worn, 32)
		for range cap(results) {
			wg.Go(func() {
				var worn vault.Worn
				err := w.d.Write(t.Context(), func(tx *db.Tx) error {
					var err error
					worn, err = vault.Use(tx, vault.Charge{Token: g.Token, Kind: g.Kind, Index: g.Index, Amount: 1, Currency: "EUR"})
					return err
				})
				if err != nil {
					t.Error(err)
				}
				results <- worn
			})
		}
		wg.Wait()
		close(results)
		count := map[vault.Worn]int{}
		for r := range results {
			count[r]++
		}
		if count[""] != 2 || count[vault.WornUses] != 30 {
			t.Errorf("%v", count)
		}
	})
}

// DI-28, DI-30: a new key after the old one; keys are derived and not stored; data have thresholds of their own; counts never go back.
func TestDI28Renewal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("renewal", ours, threshold(1, 0, ""))
		tok := w.token(p)
		first := w.key(tok.Token)
		if w.use(first, 1, "EUR") != "" || w.use(first, 1, "EUR") != vault.WornUses {
			t.Fatal("the first key")
		}
		second := w.key(tok.Token)
		if worn := w.use(second, 1, "EUR"); worn != "" || bytes.Equal(first.Secret, second.Secret) || len(second.Secret) != 32 {
			t.Errorf("the second key: %q", worn)
		}
		w.ok(w.d.Read(t.Context(), func(tx *db.Tx) error {
			now := w.now(tok.ID)
			for _, g := range []vault.Granted{first, second} {
				if again, _, err := w.desk.LimitedKey(tx, &now, g.Index); err != nil || !bytes.Equal(again, g.Secret) {
					t.Errorf("%s: derived otherwise: %v", g.Index, err)
				}
			}
			if k, _, err := w.desk.LimitedKey(tx, &now, 100); k != nil || err != nil {
				t.Errorf("a key that was never given: %v", err)
			}
			return nil
		}))
		for _, renewal := range []int{0, 1, 2, 4} {
			_, err := w.desk.Renew(t.Context(), ann, tok.ID, vault.Key, renewal)
			w.wants(err, "vault.renewal")
		}
		data := must[vault.Granted](t)(w.desk.Renew(t.Context(), ann, tok.ID, vault.Data, 3))
		if len(data.Secret) != 32 || bytes.Equal(data.Secret, second.Secret) || data.Index == second.Index || w.use(data, 1, "EUR") != "" || w.use(data, 1, "EUR") != vault.WornUses {
			t.Errorf("%+v", data)
		}
		if worn := w.use(vault.Granted{Grant: vault.Grant{Token: tok.ID, Kind: vault.Key, Index: data.Index}}, 1, "EUR"); worn != vault.WornUnknown {
			t.Errorf("data as a key: %q", worn)
		}
	})
}

// A device holds no more keys than its profile allows: the oldest ends.
func TestKeysOfADevice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.token(w.portfolio("keys", ours, nil))
		first := w.key(tok.Token)
		w.clock.Advance(time.Second)
		w.key(tok.Token)
		w.clock.Advance(time.Second)
		third := w.key(tok.Token)
		if worn := w.use(first, 1, "EUR"); worn != vault.WornEnded {
			t.Errorf("the oldest: %q", worn)
		}
		if worn := w.use(third, 1, "EUR"); worn != "" {
			t.Errorf("the newest: %q", worn)
		}
		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error { return vault.Restored(tx, audit.Recovery{}) }))
		if worn := w.use(third, 1, "EUR"); worn != vault.WornEnded {
			t.Errorf("after a restoration: %q", worn)
		}
	})
}

// DI-29: the marks at which a device asks for the next key.
func TestDI29LowMarks(t *testing.T) {
	t.Parallel()
	p, now := vault.DefaultProfile(), time.Now()
	fresh := vault.Grant{Limit: p.Key, Created: now, Expires: now.Add(100 * time.Hour)}
	for name, c := range map[string]struct {
		change func(*vault.Grant)
		after  time.Duration
		want   bool
	}{
		"fresh":           {func(*vault.Grant) {}, 0, false},
		"three uses left": {func(g *vault.Grant) { g.Used = 7 }, 0, false},
		"two uses left":   {func(g *vault.Grant) { g.Used = 8 }, 0, true},
		"79 % of amount":  {func(g *vault.Grant) { g.Charged = 19_999 }, 0, false},
		"80 % of amount":  {func(g *vault.Grant) { g.Charged = 20_000 }, 0, true},
		"21 hours left":   {func(*vault.Grant) {}, 79 * time.Hour, false},
		"20 hours left":   {func(*vault.Grant) {}, 80 * time.Hour, true},
		"past its end":    {func(*vault.Grant) {}, 101 * time.Hour, true},
		"taken away":      {func(g *vault.Grant) { g.Ended = now }, 0, true},
	} {
		g := fresh
		c.change(&g)
		if got := g.Low(&p, now.Add(c.after)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// DI-137: against a set of what was taken, counters are taken once, in any order within the window, and never behind it.
func TestDI137Counters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.token(w.portfolio("counters", ours, nil))
		seen, highest := map[int]bool{}, 0
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.OneOf(rapid.IntRange(-1, vault.MaxCounter+1), rapid.IntRange(max(highest-70, 0), highest+5)).Draw(t, "counter")
			if highest > vault.MaxCounter-1000 && n > highest {
				return
			}
			want := n >= 1 && n <= vault.MaxCounter && !seen[n] && n > highest-1-vault.CounterWindow
			var got bool
			if err := w.d.Write(w.Context(), func(tx *db.Tx) error {
				var err error
				got, err = vault.Counter(tx, tok.ID, n)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Fatalf("counter %d after %d: %v", n, highest, got)
			}
			if got {
				seen[n] = true
				highest = max(highest, n)
			}
		})
		if w.now(tok.ID).Counter != highest {
			t.Errorf("%d, want %d", w.now(tok.ID).Counter, highest)
		}
	})
}

// One counter at 16 places at once is taken once.
func TestOneCounterAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.token(w.portfolio("counter", ours, nil))
		var wg sync.WaitGroup
		got := make(chan bool, 16)
		for range cap(got) {
			wg.Go(func() {
				var taken bool
				if err := w.d.Write(t.Context(), func(tx *db.Tx) error {
					var err error
					taken, err = vault.Counter(tx, tok.ID, 7)
					return err
				}); err != nil {
					t.Error(err)
				}
				got <- taken
			})
		}
		wg.Wait()
		close(got)
		n := 0
		for taken := range got {
			if taken {
				n++
			}
		}
		if n != 1 {
			t.Errorf("taken %d times", n)
		}
	})
}

// A hundred keys in an hour are the most that an index can tell apart.
func TestKeysOfAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.token(w.portfolio("hour", ours, nil))
		indexes := map[cryptogram.Index]bool{}
		for range cryptogram.PerHour {
			indexes[w.key(tok.Token).Index] = true
		}
		if len(indexes) != cryptogram.PerHour {
			t.Errorf("%d indexes", len(indexes))
		}
		_, err := w.desk.Renew(t.Context(), ann, tok.ID, vault.Key, 101)
		w.wants(err, "vault.hour")
		w.clock.Advance(time.Hour)
		if g := must[vault.Granted](t)(w.desk.Renew(t.Context(), ann, tok.ID, vault.Key, 101)); g.Index.Counter() != 0 {
			t.Errorf("the next hour begins at %s", g.Index)
		}
	})
}
