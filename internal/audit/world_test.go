package audit_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// node is one node of an installation: an opened database with its log.
type node struct {
	*audit.Log
	d    *db.DB
	ring *keyring.Ring
	cfg  audit.Config
}

// ring opens the keys of a database, and makes them the first time. All test
// databases are made with the same key-encryption key.
func ring(t testing.TB, d *db.DB) *keyring.Ring {
	t.Helper()
	kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	opts := keyring.Options{Rand: rand.Reader, Now: dbtest.NewClock().Now}
	if err := keyring.Init(t.Context(), d, kek, opts, "system:test"); err != nil && !fault.Is(err, "keyring.exists") {
		t.Fatal(err)
	}
	r, err := keyring.Open(t.Context(), d, kek, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// join makes a node for d; the anchor may be nil. Batches are small so that tests
// of a few hundred records go through several.
func join(t testing.TB, d *db.DB, anchor audit.Anchor) *node {
	t.Helper()
	cfg := audit.Config{Origin: "test/countersign", Anchor: anchor, Now: dbtest.NewClock().Now, Batch: 300}
	r := ring(t, d)
	l, err := audit.New(d, r, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &node{l, d, r, cfg}
}

// memory is an anchor that outlives nodes.
type memory []byte

func (m *memory) Load() ([]byte, error)   { return *m, nil }
func (m *memory) Store(note []byte) error { *m = note; return nil }

// happen records n events, in transactions of various sizes on several streams.
func (n *node) happen(t testing.TB, events int) {
	t.Helper()
	happen(t, n.d, events)
}

func happen(t testing.TB, d *db.DB, events int) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < events; i += 4 {
				err := d.Settle(t.Context(), ident.Derive(fmt.Sprint("key", w)), func(tx *db.Tx) error {
					audit.Record(tx, event(i))
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func event(i int) audit.Event {
	return audit.Event{
		Kind: "test.happened", By: audit.System("test"), Customer: customer(i % 3), Object: fmt.Sprint("object ", i),
		Details: map[string]any{"phone": fmt.Sprintf("+3161234%04d", i)},
	}
}

func customer(i int) ident.ID { return ident.Derive(fmt.Sprint("customer ", i)) }

func (n *node) seal(t testing.TB) audit.Checkpoint {
	t.Helper()
	c, err := n.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verify returns the codes of what Verify finds.
func (n *node) verify(t testing.TB, anchor []byte) (codes map[string]int, r audit.Report) {
	t.Helper()
	r, err := n.Verify(t.Context(), anchor, nil)
	if err != nil {
		t.Fatal(err)
	}
	codes = map[string]int{}
	for _, f := range r.Findings {
		codes[f.Code]++
	}
	return codes, r
}

// mustVerify fails the test when Verify finds anything.
func (n *node) mustVerify(t testing.TB, anchor []byte) audit.Report {
	t.Helper()
	_, r := n.verify(t, anchor)
	if !r.OK() {
		t.Fatalf("%d findings: %+v", r.Total, r.Findings)
	}
	return r
}

// first returns the id of a sealed record.
func (n *node) at(t testing.TB, leaf int64) audit.ID {
	t.Helper()
	got, err := n.Tail(t.Context(), leaf, 1)
	if err != nil || len(got) != 1 || got[0].Leaf != leaf {
		t.Fatalf("no record at leaf %d: %v, %v", leaf, got, err)
	}
	return got[0].Entry.ID
}

func exec(t testing.TB, d *db.DB, sql string, args ...any) {
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

// maybe is exec for a statement that may find nothing to change.
func maybe(t testing.TB, d *db.DB, sql string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// later is a moment behind every event of a test.
func later() time.Time { return dbtest.NewClock().Now().Add(time.Hour) }
