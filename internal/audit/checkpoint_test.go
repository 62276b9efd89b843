package audit_test

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

func TestCheckpointsAreNotes(t *testing.T) {
	t.Parallel()
	n := join(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)}), nil)
	n.happen(t, 9)
	c := n.seal(t)
	v, err := note.NewVerifier(n.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(c.Note, note.VerifierList(v)) // any tool that knows notes can
	if err != nil {
		t.Fatal(err)
	}
	want := "test/countersign\n10\n" + c.Root.String() + "\nepoch 0\ntime 2026-11-02T09:00:00Z\n"
	if opened.Text != want {
		t.Errorf("the text is\n%swant\n%s", opened.Text, want)
	}
	for i := range c.Note {
		bad := bytes.Clone(c.Note)
		bad[i] ^= 1
		if got, err := audit.OpenCheckpoint(bad, n.VerifierKey()); err == nil && (got.Size != c.Size || got.Root != c.Root || got.Epoch != c.Epoch || !got.At.Equal(c.At)) {
			t.Errorf("byte %d changed, and it opened as %+v", i, got)
		}
	}
	if _, err := audit.OpenCheckpoint(c.Note, "nonsense"); !fault.Is(err, "audit.verifier_key") {
		t.Errorf("a bad key: %v", err)
	}
	other := join(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)}), nil)
	if _, err := audit.OpenCheckpoint(c.Note, other.VerifierKey()); !fault.Is(err, "audit.checkpoint_unsigned") {
		t.Errorf("another log's key: %v", err)
	}
}

func TestOriginsAreWords(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	n := join(t, d, nil)
	for _, bad := range []string{"", "a b", "a+b", "a\nb"} {
		cfg := n.cfg
		cfg.Origin = bad
		if _, err := audit.New(d, n.ring, cfg); !fault.Is(err, "audit.origin") {
			t.Errorf("origin %q: %v", bad, err)
		}
	}
}
