package audit_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

func TestUnsealed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := join(t, d, nil)
		if _, err := n.Seal(t.Context()); err != nil { // what making the keys left
			t.Fatal(err)
		}
		for want := range int64(3) {
			if got, err := n.Unsealed(t.Context()); err != nil || got != want {
				t.Fatalf("%d records are not sealed, want %d (%v)", got, want, err)
			}
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				audit.Record(tx, audit.Event{Kind: "test.happened", By: audit.System("test")})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := n.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := n.Unsealed(t.Context()); err != nil || got != 0 {
			t.Errorf("%d records are left after sealing (%v)", got, err)
		}
	})
}
