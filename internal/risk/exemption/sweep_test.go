package exemption_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// TestSweep: old payments go once they are summed up, and the report stays as it is.
func TestSweep(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		for range 3 {
			w.approved(c, euros(t, "20"), exemption.Transfer)
		}
		w.fraud(c, 0)
		sweep := func(limit int) (n int64) {
			t.Helper()
			must(t, w.DB.Write(t.Context(), func(tx *db.Tx) (err error) { n, err = exemption.Sweep(tx, limit); return err }))
			return n
		}
		clock.Advance((exemption.Kept + 2) * 24 * time.Hour)
		if n := sweep(10); n != 0 {
			t.Errorf("%d payments are deleted that no sum has", n)
		}
		w.approved(c, euros(t, "30"), exemption.Transfer)
		before := w.report(2026, 4)
		if n := sweep(2); n != 2 {
			t.Errorf("%d are deleted of 2", n)
		}
		if n := sweep(2); n != 1 {
			t.Errorf("%d are deleted of the last one", n)
		}
		if n := w.count("SELECT COUNT(*) FROM exemption_use"); n != 1 {
			t.Errorf("%d are left", n)
		}
		if diff := cmp.Diff(before, w.report(2026, 4)); diff != "" || transfers(before).Total.Payments != 3 || transfers(before).Total.FraudCents != 2000 {
			t.Errorf("the report of long ago is another one: %+v %s", before, diff)
		}
	})
}
