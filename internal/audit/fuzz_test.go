package audit_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

func FuzzParseID(f *testing.F) {
	f.Add("01jd9q2h8k0000000000000000-1-1")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := audit.ParseID(s)
		if err != nil {
			return
		}
		if again, err := audit.ParseID(id.String()); err != nil || again != id {
			t.Errorf("%q is %v, whose text is another: %v", s, id, err)
		}
	})
}

func FuzzParseActor(f *testing.F) {
	f.Add("system:sealer")
	f.Add("staff:01jd9q2h8k0000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := audit.ParseActor(s)
		if err != nil {
			return
		}
		if again, err := audit.ParseActor(a.String()); err != nil || again != a {
			t.Errorf("%q is %v, whose text is another: %v", s, a, err)
		}
	})
}

// FuzzOpenCheckpoint tries to make a checkpoint that was not signed.
func FuzzOpenCheckpoint(f *testing.F) {
	n := join(f, dbtest.Open(f, db.Config{DSN: dbtest.DSN(f, db.SQLite)}), nil)
	signed := n.seal(f)
	f.Add(signed.Note, n.VerifierKey())
	f.Fuzz(func(t *testing.T, msg []byte, key string) {
		if c, err := audit.OpenCheckpoint(msg, n.VerifierKey()); err == nil && (c.Size != signed.Size || c.Root != signed.Root) {
			t.Errorf("a forged checkpoint was opened: %q", msg)
		}
		_, _ = audit.OpenCheckpoint(signed.Note, key) // must not panic
	})
}
