package keyring_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func options() keyring.Options {
	return keyring.Options{Rand: rand.Reader, Now: func() time.Time { return start }}
}

func local(t testing.TB, keys ...keyring.Key) *keyring.Local {
	t.Helper()
	l, err := keyring.NewLocal(rand.Reader, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// open opens a ring with one KEK; the first time it makes the keys.
func open(t testing.TB, d *db.DB) *keyring.Ring {
	t.Helper()
	kek := local(t, keyring.Key{1})
	err := keyring.Init(t.Context(), d, kek, options(), "system:test")
	if err != nil && !fault.Is(err, "keyring.exists") {
		t.Fatal(err)
	}
	r, err := keyring.Open(t.Context(), d, kek, options())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func id(s string) ident.ID { return ident.Derive(s) }

func TestSealedValuesOpenOnlyWhereTheyBelong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		rapid.Check(t, func(t *rapid.T) {
			label, plain := rapid.StringN(0, 20, 255).Draw(t, "label"), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
			row := id(rapid.String().Draw(t, "row"))
			sealed := r.Seal(label, row, plain)
			if len(plain) > 3 && bytes.Contains(sealed, plain) {
				t.Fatal("the value is not sealed")
			}
			got, err := r.Open(label, row, sealed)
			if err != nil || !bytes.Equal(got, plain) || len(sealed) != len(plain)+keyring.Overhead {
				t.Fatalf("Open = %x, %v", got, err)
			}
			for what, try := range map[string]func() ([]byte, error){
				"row":   func() ([]byte, error) { return r.Open(label, id("other"), sealed) },
				"label": func() ([]byte, error) { return r.Open(label+"x", row, sealed) },
				"bit": func() ([]byte, error) {
					bad := bytes.Clone(sealed)
					bad[rapid.IntRange(0, len(bad)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
					return r.Open(label, row, bad)
				},
				"cut": func() ([]byte, error) {
					return r.Open(label, row, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")])
				},
			} {
				if got, err := try(); !fault.Is(err, "keyring.unsealable") {
					t.Fatalf("another %s: %x, %v", what, got, err)
				}
			}
		})
	})
}

func TestAnotherInstallationCannotOpen(t *testing.T) {
	t.Parallel()
	a := open(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)}))
	b := open(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})) // the same KEK, other keys
	sealed := a.Seal("l", id("row"), []byte("x"))
	if _, err := b.Open("l", id("row"), sealed); !fault.Is(err, "keyring.unsealable") {
		t.Errorf("a value of another database: %v", err)
	}
	if bytes.Equal(a.MAC("l"), b.MAC("l")) || a.Derive("l") == b.Derive("l") {
		t.Error("two installations compute the same values")
	}
}

func TestOpenNeedsInit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		kek := local(t, keyring.Key{1})
		_, err := keyring.Open(t.Context(), d, kek, options())
		if f := fault.From(err); f.Code != "keyring.empty" || !strings.Contains(f.Detail, "countersign keys init") {
			t.Errorf("Open of an empty database: %v", err)
		}
		if err := keyring.Init(t.Context(), d, kek, options(), "system:test"); err != nil {
			t.Fatal(err)
		}
		if err := keyring.Init(t.Context(), d, kek, options(), "system:test"); !fault.Is(err, "keyring.exists") {
			t.Errorf("a second Init: %v", err)
		}
		_, err = keyring.Open(t.Context(), d, local(t, keyring.Key{2}), options())
		if f := fault.From(err); f.Code != "keyring.kek_unknown" || !strings.Contains(f.Detail, kek.ID()) {
			t.Errorf("Open with another key-encryption key: %v", err)
		}
	})
}

func TestRotationKeepsOldValuesReadableOnEveryNode(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, b := open(t, d), open(t, d)
		old := a.Seal("l", id("row"), []byte("old"))
		if err := b.Rotate(t.Context(), "staff:x"); err != nil {
			t.Fatal(err)
		}
		fresh := b.Seal("l", id("row"), []byte("new"))
		for name, r := range map[string]*keyring.Ring{"the node that did not rotate": a, "the node that did": b, "a new node": open(t, d)} {
			if got, err := r.Open("l", id("row"), old); err != nil || string(got) != "old" {
				t.Errorf("%s reads the old value as %q, %v", name, got, err)
			}
			if got, err := r.Open("l", id("row"), fresh); err != nil || string(got) != "new" {
				t.Errorf("%s reads the new value as %q, %v", name, got, err)
			}
		}
		if err := a.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := a.Seal("l", id("row"), nil); !bytes.Equal(after[:5], fresh[:5]) {
			t.Errorf("after a refresh node A seals under %x, not %x", after[:5], fresh[:5])
		}
	})
}

func TestConcurrentRotationsMakeOneActiveKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 8
		rings := make([]*keyring.Ring, n)
		for i := range rings {
			rings[i] = open(t, d)
		}
		var wg sync.WaitGroup
		for _, r := range rings {
			wg.Go(func() {
				if err := r.Rotate(t.Context(), "system:test"); err != nil && !fault.Is(err, "keyring.rotated_meanwhile") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		st, err := rings[0].Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		active := 0
		for _, k := range st.Keys {
			if k.State == "active" {
				active++
			}
		}
		if active != 1 || len(st.Keys) < 3 {
			t.Errorf("%d active keys of %+v", active, st.Keys)
		}
	})
}

func TestForgedKeyNumbersAreRefusedWithoutEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		sealed := r.Seal("l", id("row"), []byte("x"))
		before := d.Stats().Reads
		for i := range 1000 {
			sealed[3], sealed[4] = byte(i>>8)+1, byte(i)
			if _, err := r.Open("l", id("row"), sealed); !fault.Is(err, "keyring.unsealable") {
				t.Fatal(err)
			}
		}
		if reads := d.Stats().Reads - before; reads > 100 {
			t.Errorf("forged numbers caused %d reads", reads)
		}
	})
}

func TestRewrapMovesAllKeysUnderTheNewKEK(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d) // under {1}
		if err := r.Rotate(t.Context(), "system:test"); err != nil {
			t.Fatal(err)
		}
		sealed, mac := r.Seal("l", id("row"), []byte("x")), r.MAC("m", []byte("code"))
		both, err := keyring.Open(t.Context(), d, local(t, keyring.Key{2}, keyring.Key{1}), options())
		if err != nil {
			t.Fatal(err)
		}
		if st, err := both.Status(t.Context()); err != nil || st.Rewrap != 3 || len(st.Advice) != 1 {
			t.Errorf("before: %+v, %v", st, err)
		}
		if n, err := both.Rewrap(t.Context(), "staff:x"); err != nil || n != 3 {
			t.Fatalf("Rewrap = %d, %v", n, err)
		}
		alone, err := keyring.Open(t.Context(), d, local(t, keyring.Key{2}), options())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := alone.Open("l", id("row"), sealed); err != nil || string(got) != "x" || !bytes.Equal(mac, alone.MAC("m", []byte("code"))) {
			t.Errorf("under the new key: %q, %v", got, err)
		}
		if _, err := keyring.Open(t.Context(), d, local(t, keyring.Key{1}), options()); !fault.Is(err, "keyring.kek_unknown") {
			t.Errorf("the old key still opens: %v", err)
		}
	})
}

func TestSwappedKeyRowsAreRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		if err := r.Rotate(t.Context(), "system:test"); err != nil {
			t.Fatal(err)
		}
		exec(t, d, `UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE number = 1) WHERE number = 2`)
		if _, err := keyring.Open(t.Context(), d, local(t, keyring.Key{1}), options()); !fault.Is(err, "keyring.wrapped_moved") {
			t.Errorf("swapped rows: %v", err)
		}
	})
}

func TestMACSeparatesLabelsAndParts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		seen := map[string]string{}
		for name, m := range map[string][]byte{
			"a|":     r.MAC("a"),
			"a|b":    r.MAC("a", []byte("b")),
			"a|b,":   r.MAC("a", []byte("b"), nil),
			"ab|":    r.MAC("ab"),
			"a|bc":   r.MAC("a", []byte("bc")),
			"a|b,c":  r.MAC("a", []byte("b"), []byte("c")),
			"derive": func() []byte { k := r.Derive("a"); return k[:] }(),
			"mac":    func() []byte { k := r.Derive("mac"); return k[:] }(),
		} {
			if other, ok := seen[string(m)]; ok || len(m) != 32 {
				t.Errorf("%s has the value of %s (%d bytes)", name, other, len(m))
			}
			seen[string(m)] = name
		}
		if again := open(t, d); !bytes.Equal(again.MAC("a", []byte("b")), r.MAC("a", []byte("b"))) || again.Derive("a") != r.Derive("a") {
			t.Error("another node computes other values")
		}
	})
}

func TestStatusCountsAndAdvises(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		for range 5 {
			r.Seal("l", id("row"), nil)
		}
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		st, err := r.Status(t.Context())
		if err != nil || len(st.Keys) != 2 || st.Keys[1].Sealed != 5 || st.Keys[0].State != "root" {
			t.Fatalf("%+v, %v", st, err)
		}
		exec(t, d, `UPDATE data_key SET sealed = 1073741824, created = 0 WHERE number = 1`)
		st, err = r.Status(t.Context())
		if err != nil || len(st.Advice) != 2 || !strings.Contains(st.Advice[0], "keys rotate") {
			t.Errorf("advice %q, %v", st.Advice, err)
		}
	})
}

func TestRunRotatesBeforeNoncesRunOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		exec(t, d, `UPDATE data_key SET sealed = 2147483648 WHERE number = 1`)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx, func(err error) { t.Error(err) }) }()
		for ctx.Err() == nil {
			st, err := r.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(st.Keys) == 3 && st.Keys[2].State == "active" && st.Keys[1].State == "retired" {
				break
			}
		}
		if ctx.Err() != nil {
			t.Error("Run did not rotate")
		}
		cancel()
		<-done
	})
}

func exec(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(sql, args...)
		if err == nil && n == 0 {
			err = errors.New("no row changed")
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
