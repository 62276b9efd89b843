package audit_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

// TestStreamsAreFoundWithoutReadingTheJournal looks at SQLite's plan: every look at
// the journal must be a search by all the columns that are given. (A pair compared
// with a pair is searched by its first column only, which reads a whole run.)
func TestStreamsAreFoundWithoutReadingTheJournal(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	var plan []string
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`EXPLAIN QUERY PLAN `+audit.StreamsQuery, []any{make([]byte, len(ident.ID{}))}, func(r db.Row) error {
			var id, parent, unused int64
			var step string
			err := r.Scan(&id, &parent, &unused, &step)
			plan = append(plan, step)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	searches := 0
	for _, step := range plan {
		if strings.HasPrefix(step, "SCAN j") {
			t.Errorf("%q reads the whole journal", step)
		}
		for _, good := range []string{"(boot=? AND slot>?)", "(boot=? AND slot=?)", "(boot>?)"} {
			if strings.HasPrefix(step, "SEARCH j") && strings.Contains(step, good) {
				searches++
			}
		}
	}
	if searches < 7 {
		t.Errorf("only %d good searches in\n%s", searches, strings.Join(plan, "\n"))
	}
}

// TestStreamsAreFoundInOrder makes runs and slots by hand, with holes in between.
func TestStreamsAreFoundInOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.seal(t)
		want := int64(1)
		for i, slots := range [][]int{{1}, {3, 7, 8}, {2}, {1, 2}} {
			for _, slot := range slots {
				for seq := range slot {
					exec(t, d, `INSERT INTO journal (boot, slot, seq, at, kind, actor, object, salt, digest) SELECT $1, $2, $3, at, kind, actor, object, salt, digest FROM journal WHERE slot = 1 AND seq = 1 LIMIT 1`,
						[]byte(strings.Repeat(string(rune('a'+i)), 16)), slot, seq+1)
					want++
				}
			}
		}
		if c := n.seal(t); c.Size != want {
			t.Errorf("sealed %d of %d", c.Size, want)
		}
	})
}
