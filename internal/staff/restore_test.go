package staff_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
)

// TestRestored: a backup holds sessions that were ended since, invitations that were
// accepted since, and time steps that were used since. None of them is good again.
func TestRestored(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.Administrator)
		_, inv, err := w.Create(w.Context(), cli, staff.New{Login: "ola", Name: "Ola", Role: staff.Auditor})
		if err != nil {
			w.Fatal(err)
		}
		g := w.login(p)
		if err := w.DB.Write(w.Context(), func(tx *db.Tx) error { return staff.Restored(tx, audit.Recovery{}) }); err != nil {
			w.Fatal(err)
		}
		if w.open(g.Token) {
			w.Error("a session of the backup lets somebody in")
		}
		if _, err := w.Enrollment(w.Context(), inv.Code); !fault.Is(err, "staff.invitation") {
			w.Errorf("an invitation of the backup: %v", err)
		}
		for step, want := range []bool{false, false, true} {
			if _, ok := w.try(p, password, w.code(p)); ok != want {
				w.Errorf("login %d steps after the recovery: %v", step, ok)
			}
			w.clock.Advance(30 * time.Second)
		}
	})
}
