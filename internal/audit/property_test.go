package audit_test

import (
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// machine drives two nodes of one installation at random and keeps what must be
// true: how many records there are, and every checkpoint that was ever shown.
type machine struct {
	t       *testing.T
	dsn     string
	anchors [2]audit.Anchor
	nodes   [2]*node

	records int64 // committed
	next    int   // number of the next event
	shown   []audit.Checkpoint
}

func (m *machine) start(i int) {
	m.nodes[i] = join(m.t, openAt(m.t, m.dsn), m.anchors[i])
}

// commit records a few events; a refused transaction leaves nothing.
func (m *machine) commit(r *rapid.T) {
	n := m.nodes[rapid.IntRange(0, 1).Draw(r, "node")]
	events, refuse := rapid.IntRange(1, 40).Draw(r, "events"), rapid.IntRange(0, 5).Draw(r, "refuse") == 0
	err := n.d.Write(m.t.Context(), func(tx *db.Tx) error {
		for i := range events {
			audit.Record(tx, event(m.next+i))
		}
		if refuse {
			return os.ErrInvalid
		}
		return nil
	})
	if (err != nil) != refuse {
		r.Fatal(err)
	}
	if !refuse {
		m.records, m.next = m.records+int64(events), m.next+events
	}
}

func (m *machine) seal(r *rapid.T) {
	c, err := m.nodes[rapid.IntRange(0, 1).Draw(r, "node")].Seal(m.t.Context())
	if err != nil {
		r.Fatal(err)
	}
	if c.Size != m.records {
		r.Fatalf("sealed %d of %d records", c.Size, m.records)
	}
	m.shown = append(m.shown, c)
}

// crash closes a node without sealing and starts it anew: another boot, with the
// anchor it had.
func (m *machine) crash(r *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(r, "node")
	closeDB(m.t, m.nodes[i].d)
	m.start(i)
	if err := m.nodes[i].CheckAnchor(m.t.Context()); err != nil {
		r.Fatal(err)
	}
}

func (m *machine) erase(r *rapid.T) {
	n, err := m.nodes[0].Erase(m.t.Context(), audit.System("test"), customer(rapid.IntRange(0, 2).Draw(r, "customer")), later())
	if err != nil {
		r.Fatal(err)
	}
	if n > 0 {
		m.records++ // the record of it
	}
}

// prove takes a random record and proves it.
func (m *machine) prove(r *rapid.T) {
	n := m.nodes[1]
	head, err := n.Checkpoint(m.t.Context())
	if err != nil || head.Size == 0 {
		return
	}
	leaf := rapid.Int64Range(0, head.Size-1).Draw(r, "leaf")
	p, err := n.Prove(m.t.Context(), n.at(m.t, leaf))
	if err != nil || p.Leaf != leaf {
		r.Fatalf("leaf %d: %d, %v", leaf, p.Leaf, err)
	}
	if _, err := audit.CheckProof(p, n.VerifierKey()); err != nil {
		r.Fatal(err)
	}
}

// verify is what always holds.
func (m *machine) verify(r *rapid.T) {
	report, err := m.nodes[0].Verify(m.t.Context(), nil, nil)
	if err != nil || !report.OK() {
		r.Fatalf("%+v, %v", report.Findings, err)
	}
	if report.Size+report.Unsealed != m.records {
		r.Fatalf("%d sealed and %d unsealed records of %d", report.Size, report.Unsealed, m.records)
	}
}

// grow proves that the log still contains one that was shown.
func (m *machine) grow(r *rapid.T) {
	if len(m.shown) == 0 {
		return
	}
	old := m.shown[rapid.IntRange(0, len(m.shown)-1).Draw(r, "old")]
	if g, err := m.nodes[0].ProveGrowth(m.t.Context(), old.Size); err != nil {
		r.Fatal(err)
	} else if _, err := audit.CheckGrowth(old, g, m.nodes[0].VerifierKey()); err != nil {
		r.Fatalf("the log does not contain that of %d records: %v", old.Size, err)
	}
}

func TestTheLogHoldsUnderRandomUse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{t: t, dsn: dbtest.DSN(t, db.SQLite), records: 1} // the keyring's
		for i := range m.nodes {
			m.anchors[i] = new(memory)
			m.start(i)
		}
		defer func() {
			for _, n := range m.nodes {
				closeDB(t, n.d)
			}
		}()
		actions := map[string]func(*rapid.T){"commit": m.commit, "seal": m.seal, "crash": m.crash, "erase": m.erase, "prove": m.prove, "grow": m.grow}
		names := []string{"commit", "commit", "commit", "seal", "seal", "crash", "erase", "prove", "grow"}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 15).Draw(r, "actions") {
			actions[name](r)
		}
		m.verify(r)
	})
}
