package audit_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// objects pages through all matches of a filter and returns their objects.
func (n *node) objects(t *testing.T, f audit.Filter, limit int) (out []string) {
	t.Helper()
	for after := ""; ; {
		p, err := n.Find(t.Context(), f, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Entries) > limit {
			t.Fatalf("a page of %d has %d records", limit, len(p.Entries))
		}
		for _, e := range p.Entries {
			out = append(out, e.Object)
		}
		if after = p.Next; after == "" {
			return out
		}
	}
}

func TestFindFiltersAndPages(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		n := join(t, d, nil)
		staff, bank := audit.Staff(ident.Derive("s"), "anna"), audit.Client(ident.Derive("c"), "bank")
		for i := range 12 {
			clock.Advance(time.Second)
			by := staff
			if i%2 == 1 {
				by = bank
			}
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				audit.Record(tx, audit.Event{
					Kind: []string{"token.assigned", "token.blocked", "tokens.counted"}[i%3], By: by, Customer: customer(i % 4),
					Object: strconv.Itoa(i), Details: map[string]string{"note": fmt.Sprint("Größe ", i)},
				})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if i == 6 {
				n.seal(t) // sealed and unsealed records are found alike
			}
		}
		begin := dbtest.NewClock().Now()
		for name, c := range map[string]struct {
			f    audit.Filter
			want string
		}{
			"customer":         {audit.Filter{Customer: customer(1)}, "9 5 1"},
			"staff":            {audit.Filter{Actor: staff}, "10 8 6 4 2 0"},
			"client":           {audit.Filter{Actor: bank}, "11 9 7 5 3 1"},
			"kind":             {audit.Filter{Kind: "token.blocked"}, "10 7 4 1"},
			"kinds":            {audit.Filter{Kind: "token."}, "10 9 7 6 4 3 1 0"},
			"object":           {audit.Filter{Object: "7"}, "7"},
			"from":             {audit.Filter{Kind: "token", From: begin}, ""},
			"time":             {audit.Filter{From: begin.Add(3 * time.Second), To: begin.Add(6 * time.Second)}, "4 3 2"},
			"text":             {audit.Filter{Text: "GRÖSSE"}, ""},
			"text in any case": {audit.Filter{Text: "grÖße 1"}, "11 10 1"},
			"together":         {audit.Filter{Customer: customer(2), Actor: staff, Kind: "token.blocked", Text: "1"}, "10"},
			"nobody":           {audit.Filter{Customer: customer(99)}, ""},
		} {
			for _, limit := range []int{1, 2, 500} {
				if diff := cmp.Diff(strings.Fields(c.want), n.objects(t, c.f, limit), cmp.Transformer("", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
					t.Errorf("%s, pages of %d (-want +got):\n%s", name, limit, diff)
				}
			}
		}
		for _, bad := range []string{"x", "1.2", "zz." + n.at(t, 0).String() + "x"} {
			if _, err := n.Find(t.Context(), audit.Filter{}, bad, 10); !fault.Is(err, "audit.page") {
				t.Errorf("page %q: %v", bad, err)
			}
		}
		if _, err := n.Find(t.Context(), audit.Filter{}, "", 501); !fault.Is(err, "audit.page_size") {
			t.Errorf("a page of 501: %v", err)
		}
	})
}

// TestFindLooksFurtherThanOneWindow has one match behind many others.
func TestFindLooksFurtherThanOneWindow(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		n := join(t, d, nil)
		clock.Advance(time.Second)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			audit.Record(tx, audit.Event{Kind: "rare.event", By: audit.System("test"), Object: "needle"})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			clock.Advance(time.Second)
			write(t, d, 2000)
		}
		if got := n.objects(t, audit.Filter{Kind: "rare.event"}, 10); len(got) != 1 || got[0] != "needle" {
			t.Errorf("found %v", got)
		}
		if got := n.objects(t, audit.Filter{Kind: "test.happened"}, 500); len(got) != 12000 {
			t.Errorf("found %d", len(got))
		}
	})
}

func TestTailFollowsTheTree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		seen, next := 0, int64(0)
		for _, more := range []int{10, 0, 300, 1} {
			n.happen(t, more)
			n.seal(t)
			for {
				got, err := n.Tail(t.Context(), next, 7)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range got {
					if s.Leaf != next {
						t.Fatalf("leaf %d after %d", s.Leaf, next-1)
					}
					next++
					seen++
				}
				if len(got) == 0 {
					break
				}
			}
		}
		if seen != 312 {
			t.Errorf("saw %d records", seen)
		}
	})
}

func TestExplainLeadsToTheRoot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.happen(t, 99)
		n.seal(t)
		for _, leaf := range []int64{0, 1, 50, 63, 64, 98, 99} {
			x, err := n.Explain(t.Context(), n.at(t, leaf))
			if err != nil {
				t.Fatal(err)
			}
			if last := x.Steps[len(x.Steps)-1]; last.Gives != x.Checkpoint.Root || last.First != 0 || last.Last != 99 {
				t.Errorf("leaf %d: the last step gives %v, not the root", leaf, last)
			}
			for _, part := range []string{x.Proof.Entry.ID.String(), x.Checkpoint.Root.String(), x.LeafHash.String(), "system:test"} {
				if !strings.Contains(x.String(), part) && leaf != 0 {
					t.Errorf("leaf %d: %q is missing in\n%s", leaf, part, x)
				}
			}
		}
	})
}

func TestEraseKeepsProofs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		n.happen(t, 30)
		n.seal(t)
		p, err := n.Find(t.Context(), audit.Filter{Customer: customer(1)}, "", 100)
		if err != nil || len(p.Entries) != 10 || p.Entries[0].Details == nil {
			t.Fatal(len(p.Entries), err)
		}
		if got, err := n.Erase(t.Context(), audit.System("test"), customer(1), later()); err != nil || got != 10 {
			t.Fatalf("erased %d, %v", got, err)
		}
		if got, err := n.Erase(t.Context(), audit.System("test"), customer(1), later()); err != nil || got != 0 {
			t.Errorf("erased %d again, %v", got, err)
		}
		for _, e := range p.Entries {
			proof, err := n.Prove(t.Context(), e.ID)
			if err != nil || !proof.Entry.Erased() || proof.Entry.Details != nil {
				t.Errorf("%s: %+v, %v", e.ID, proof.Entry, err)
			}
		}
		if r := n.mustVerify(t, nil); r.Erased != 10 {
			t.Errorf("%d erased records", r.Erased)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT details FROM journal WHERE customer = $1`, []any{customer(1)}, func(r db.Row) error {
				var details []byte
				err := r.Scan(&details)
				if strings.Contains(string(details), "phone") {
					t.Errorf("still there: %s", details)
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Erase(t.Context(), audit.System("test"), ident.ID{}, later()); !fault.Is(err, "audit.erase_whom") {
			t.Errorf("of nobody: %v", err)
		}
	})
}
