package audit_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// TestVerifyTellsWhatWasDone does to a sealed log what somebody with access to the
// database could do, one thing at a time, and expects exactly the right finding.
func TestVerifyTellsWhatWasDone(t *testing.T) {
	t.Parallel()
	const where = ` WHERE boot = $1 AND slot = $2 AND seq = $3`
	for name, c := range map[string]struct {
		sql      string
		byRecord bool // the statement names the record of leaf 300
		want     string
	}{
		"edited kind":         {`UPDATE journal SET kind = 'test.vanished'` + where, true, audit.FoundChanged},
		"edited actor":        {`UPDATE journal SET actor = 'system:other'` + where, true, audit.FoundChanged},
		"edited time":         {`UPDATE journal SET at = at + 1` + where, true, audit.FoundChanged},
		"edited object":       {`UPDATE journal SET object = 'o'` + where, true, audit.FoundChanged},
		"removed customer":    {`UPDATE journal SET customer = NULL` + where, true, audit.FoundChanged},
		"edited digest":       {`UPDATE journal SET digest = salt, salt = NULL, details = NULL` + where, true, audit.FoundChanged},
		"edited details":      {`UPDATE journal SET details = salt` + where, true, audit.FoundDetails},
		"edited salt":         {`UPDATE journal SET salt = details` + where, true, audit.FoundDetails},
		"erased in silence":   {`UPDATE journal SET salt = NULL, details = NULL` + where, true, audit.FoundErased},
		"deleted record":      {`DELETE FROM journal` + where, true, audit.FoundDeleted},
		"inserted record":     {`INSERT INTO journal SELECT boot, slot, -seq, at, kind, actor, customer, object, salt, details, digest FROM journal` + where, true, audit.FoundInserted},
		"edited tile":         {`UPDATE audit_tile SET data = (SELECT data FROM audit_tile WHERE level = 0 AND number = 0) WHERE level = 0 AND number = 1`, false, audit.FoundTile},
		"deleted tile":        {`DELETE FROM audit_tile WHERE level = 0 AND number = 1`, false, audit.FoundTile},
		"edited growing tile": {`UPDATE audit_tile SET data = (SELECT data FROM audit_tile WHERE level = 0 AND number = 0) WHERE level = 0 AND number = 2`, false, audit.FoundTile},
		"edited upper tile":   {`UPDATE audit_tile SET data = (SELECT data FROM audit_tile WHERE level = 0 AND number = 0) WHERE level = 1`, false, audit.FoundTile},
		"edited span":         {`UPDATE audit_span SET first_leaf = first_leaf + 1 WHERE first_leaf = (SELECT max(first_leaf) FROM audit_span)`, false, audit.FoundSpan},
		"deleted spans":       {`DELETE FROM audit_span`, false, audit.FoundSpan},
		"stream put ahead":    {`UPDATE audit_stream SET sealed = sealed + 5`, false, audit.FoundStream},
		"stream deleted":      {`DELETE FROM audit_stream`, false, audit.FoundStream},
		"forked checkpoint":   {`UPDATE audit_head SET root = (SELECT digest FROM journal LIMIT 1)`, false, audit.FoundHead},
		"unsigned checkpoint": {`UPDATE audit_head SET note = root`, false, audit.FoundHead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				n := join(t, d, nil)
				n.happen(t, 599)
				head := n.seal(t)
				n.mustVerify(t, head.Note)
				var args []any
				id := n.at(t, 300)
				if c.byRecord {
					args = []any{id.Boot, id.Slot, id.Seq}
				}
				exec(t, d, c.sql, args...)
				codes, r := n.verify(t, nil)
				if codes[c.want] == 0 {
					t.Fatalf("found %+v, want %s", r.Findings, c.want)
				}
				if !c.byRecord {
					return
				}
				if r.Total > 2 { // at most the record itself and its details
					t.Errorf("one act gave %d findings: %+v", r.Total, r.Findings)
				}
				for _, f := range r.Findings {
					negative := id
					negative.Seq = -id.Seq
					if f.Record != "" && f.Record != id.String() && f.Record != negative.String() {
						t.Errorf("the finding names %s, not %s", f.Record, id)
					}
				}
			})
		})
	}
}

// TestADeletedTailShowsAgainstTheAnchor deletes the newest records and everything
// that refers to them, and puts an older signed checkpoint back: without an anchor
// nothing is wrong, with it the loss is plain.
func TestADeletedTailShowsAgainstTheAnchor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.happen(t, 20)
		old := n.seal(t)
		write(t, d, 10)
		kept := n.seal(t)
		gone, err := n.Tail(t.Context(), old.Size, 100)
		if err != nil || len(gone) != 10 {
			t.Fatal(len(gone), err)
		}
		for _, g := range gone {
			exec(t, d, `DELETE FROM journal WHERE boot = $1 AND slot = $2 AND seq = $3`, g.Entry.ID.Boot, g.Entry.ID.Slot, g.Entry.ID.Seq)
		}
		maybe(t, d, `DELETE FROM audit_span WHERE first_leaf >= $1`, old.Size)
		maybe(t, d, `UPDATE audit_span SET length = $1 - first_leaf WHERE first_leaf + length > $1`, old.Size)
		exec(t, d, `UPDATE audit_stream SET sealed = COALESCE((SELECT max(first_seq + length - 1) FROM audit_span s WHERE s.boot = audit_stream.boot AND s.slot = audit_stream.slot), 0)`)
		exec(t, d, `UPDATE audit_head SET size = $1, root = $2, note = $3`, old.Size, old.Root[:], old.Note)
		fresh := join(t, d, nil)
		if codes, r := fresh.verify(t, nil); r.Total != 0 {
			t.Fatalf("the forgery of this test is not good enough: %v", codes)
		}
		if codes, _ := fresh.verify(t, kept.Note); codes[audit.FoundTruncated] != 1 {
			t.Errorf("found %v", codes)
		}
		if codes, _ := fresh.verify(t, []byte("no note")); codes[audit.FoundAnchor] != 1 {
			t.Errorf("an unreadable anchor: found %v", codes)
		}
	})
}

func TestVerifyTellsItsProgress(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.happen(t, 999)
		n.seal(t)
		last := int64(0)
		_, err := n.Verify(t.Context(), nil, func(done, total int64) {
			if done < last || total != 1000 {
				t.Errorf("%d of %d after %d", done, total, last)
			}
			last = done
		})
		if err != nil || last != 1000 {
			t.Errorf("ended at %d, %v", last, err)
		}
	})
}

// TestVerifyWhileSealingGoesOn makes sure that a busy log gives no false alarm.
func TestVerifyWhileSealingGoesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 20 {
				happen(t, d, 40)
				if _, err := n.Seal(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := n.Erase(t.Context(), audit.System("test"), customer(1), later()); err != nil {
					t.Error(err)
				}
			}
		}()
		auditor := join(t, d, nil)
		for busy := true; busy; {
			select {
			case <-done:
				busy = false
			default:
			}
			auditor.mustVerify(t, nil)
		}
	})
}
