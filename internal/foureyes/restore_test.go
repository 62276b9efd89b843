package foureyes_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/foureyes"
)

// TestRestored: what waits in a backup may have been decided since; nothing of it
// goes on, and what had ended stays as it was.
func TestRestored(t *testing.T) {
	each(t, func(w *world) {
		want := map[foureyes.State]foureyes.State{
			foureyes.Open: foureyes.Withdrawn, foureyes.Approved: foureyes.Failed, foureyes.Running: foureyes.Failed,
			foureyes.Executed: foureyes.Executed, foureyes.Rejected: foureyes.Rejected, foureyes.Withdrawn: foureyes.Withdrawn, foureyes.Failed: foureyes.Failed,
		}
		made := map[foureyes.State]foureyes.Proposal{}
		for s := range want {
			made[s] = w.put(s)
		}
		if err := w.DB.Write(w.Context(), func(tx *db.Tx) error { return foureyes.Restored(tx, audit.Recovery{}) }); err != nil {
			w.Fatal(err)
		}
		for s, p := range made {
			if got := w.get(p); got.State != want[s] {
				w.Errorf("%s became %s, want %s", s, got.State, want[s])
			}
		}
		w.is(w.act("approve", made[foureyes.Open]), "foureyes.decided")
		w.is(w.act("execute", made[foureyes.Approved]), "foureyes.decided")
	})
}
