package device_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
)

// TestListDoesNotSort looks at SQLite's plan: a page of the whole stock is read in
// its order, however large the stock is.
func TestListDoesNotSort(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	var plan []string
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each("EXPLAIN QUERY PLAN "+device.Unfiltered, []any{"token", "1", "", 50}, func(r db.Row) error {
			var id, parent, unused int64
			var step string
			err := r.Scan(&id, &parent, &unused, &step)
			plan = append(plan, step)
			return err
		})
	})
	if got := strings.Join(plan, "; "); err != nil || len(plan) != 1 || !strings.Contains(got, "(serial,manufacturer)>") {
		t.Errorf("%s, %v", got, err)
	}
}
