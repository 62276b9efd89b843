package audit_test

import (
	"context"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

func TestSealedRecordsProve(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		if c, err := n.Checkpoint(t.Context()); err != nil || c.Size != 0 || len(c.Note) != 0 {
			t.Fatalf("an empty log: %+v, %v", c, err)
		}
		n.happen(t, 700)
		c := n.seal(t)
		if c.Size != 701 { // with the one of the keyring
			t.Fatalf("sealed %d records", c.Size)
		}
		for _, leaf := range []int64{0, 1, 255, 256, 511, 512, 699, 700} {
			p, err := n.Prove(t.Context(), n.at(t, leaf))
			if err != nil || p.Leaf != leaf {
				t.Fatalf("leaf %d: %+v, %v", leaf, p, err)
			}
			if got, err := audit.CheckProof(p, n.VerifierKey()); err != nil || got.Size != c.Size {
				t.Errorf("leaf %d: %v", leaf, err)
			}
			p.Entry.Object += "x"
			if _, err := audit.CheckProof(p, n.VerifierKey()); !fault.Is(err, "audit.proof_failed") {
				t.Errorf("leaf %d, another object: %v", leaf, err)
			}
			p.Entry.Details = []byte(`{}`)
			if _, err := audit.CheckProof(p, n.VerifierKey()); !fault.Is(err, "audit.proof_details") {
				t.Errorf("leaf %d, other details: %v", leaf, err)
			}
		}
		if again := n.seal(t); string(again.Note) != string(c.Note) {
			t.Error("sealing nothing made another checkpoint")
		}
		n.mustVerify(t, c.Note)
	})
}

func TestProveSealsAYoungRecord(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.happen(t, 10)
		page, err := n.Find(t.Context(), audit.Filter{Kind: "test."}, "", 1)
		if err != nil || len(page.Entries) != 1 {
			t.Fatal(page, err)
		}
		p, err := n.Prove(t.Context(), page.Entries[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.CheckProof(p, n.VerifierKey()); err != nil {
			t.Error(err)
		}
		unknown := page.Entries[0].ID
		unknown.Seq += 1000
		if _, err := n.Prove(t.Context(), unknown); !fault.Is(err, "audit.unknown_record") {
			t.Errorf("an unknown record: %v", err)
		}
	})
}

func TestTheLogOnlyGrows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		var kept []audit.Checkpoint
		for _, more := range []int{1, 255, 300, 7, 0, 600} {
			n.happen(t, more)
			kept = append(kept, n.seal(t))
		}
		for _, old := range kept {
			g, err := n.ProveGrowth(t.Context(), old.Size)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := audit.CheckGrowth(old, g, n.VerifierKey()); err != nil {
				t.Errorf("from %d: %v", old.Size, err)
			}
			old.Root[0] ^= 1
			if _, err := audit.CheckGrowth(old, g, n.VerifierKey()); !fault.Is(err, "audit.growth_failed") {
				t.Errorf("from another tree of %d: %v", old.Size, err)
			}
		}
	})
}

// TestSealersRace lets three nodes seal while records are written: every record
// must become one leaf, and the log must verify.
func TestSealersRace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		nodes := []*node{join(t, d, new(memory)), join(t, d, new(memory)), join(t, d, new(memory))}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, n := range nodes {
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := n.Seal(context.WithoutCancel(ctx)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		happen(t, d, 1500)
		cancel()
		wg.Wait()
		c := nodes[0].seal(t)
		var races uint64
		for _, n := range nodes {
			races += n.Stats().Races
		}
		if c.Size != 1501 {
			t.Errorf("sealed %d records", c.Size)
		}
		if r := nodes[1].mustVerify(t, c.Note); r.Unsealed != 0 {
			t.Errorf("%d records are left", r.Unsealed)
		}
		t.Logf("%d sealings lost a race", races)
	})
}

func TestStreamsOfADeadNodeAreSealedToTheirEnd(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.DSN(t, dialect)
			first := openAt(t, dsn)
			happen(t, first, 50)
			n := join(t, first, nil)
			n.seal(t)
			happen(t, first, 30)
			closeDB(t, first) // dies without sealing
			second := dbtest.Open(t, db.Config{DSN: dsn})
			heir := join(t, second, nil)
			happen(t, second, 5)
			if c := heir.seal(t); c.Size != 86 {
				t.Errorf("sealed %d records", c.Size)
			}
			heir.mustVerify(t, nil)
		})
	}
}

func TestRunSealsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		anchor := new(memory)
		n := join(t, d, anchor)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		n.happen(t, 20)
		cancel() // the last act of Run is to seal
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		msg, err := anchor.Load()
		if err != nil {
			t.Fatal(err)
		}
		if c, err := audit.OpenCheckpoint(msg, n.VerifierKey()); err != nil || c.Size != 21 {
			t.Errorf("the anchor: %+v, %v", c, err)
		}
	})
}

func TestAMissingRecordIsNotSealedOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.seal(t)
		write(t, d, 3) // one stream: three records one after the other
		exec(t, d, `DELETE FROM journal WHERE object = 'object 1'`)
		if c := n.seal(t); c.Size != 2 || n.Stats().Gaps != 1 {
			t.Errorf("sealed %d records, %d gaps", c.Size, n.Stats().Gaps)
		}
		if codes, _ := n.verify(t, nil); codes[audit.FoundDeleted] != 1 {
			t.Errorf("found %v", codes)
		}
	})
}

func TestNothingIsSealedOnAChangedTree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.happen(t, 300)
		n.seal(t)
		exec(t, d, `UPDATE audit_tile SET data = (SELECT data FROM audit_tile WHERE level = 0 AND number = 0) WHERE level = 0 AND number = 1`)
		n.happen(t, 1)
		if _, err := join(t, d, nil).Seal(t.Context()); !fault.Is(err, "audit.tile_changed") {
			t.Errorf("another node: %v", err)
		}
		if _, err := n.Prove(t.Context(), n.at(t, 280)); !fault.Is(err, "audit.tile_changed") {
			t.Errorf("a proof: %v", err)
		}
	})
}

// write records n events in one transaction.
func write(t testing.TB, d *db.DB, n int) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for i := range n {
			audit.Record(tx, event(i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
