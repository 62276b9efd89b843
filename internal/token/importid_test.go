package token_test

import (
	"fmt"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
)

// TestImportedIDsGrow: rows that are far apart in the file have ids in the same
// order, so that a large import goes to the ends of its indexes.
func TestImportedIDsGrow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const n = 1200
		rows := make([]string, n)
		for i := range rows {
			rows[i] = fmt.Sprintf("S%06d,%x,hotp", i, key(fmt.Sprintf("S%06d", i)))
		}
		if s, _ := w.csv(rows...); s.Imported != n {
			t.Fatalf("imported %d of %d", s.Imported, n)
		}
		at := 0
		w.write(func(tx *db.Tx) error {
			return tx.Each("SELECT serial FROM device ORDER BY id", nil, func(r db.Row) error {
				var serial string
				var i int
				if err := r.Scan(&serial); err != nil {
					return err
				}
				if _, err := fmt.Sscanf(serial, "S%d", &i); err != nil {
					return err
				}
				if i < at-100 || i > at+100 {
					t.Errorf("device %d by id is row %d of the file", at, i)
				}
				at++
				return nil
			})
		})
	})
}
