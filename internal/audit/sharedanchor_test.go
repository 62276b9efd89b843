package audit_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// busy is an anchor that another process on the same machine moves on at the
// moment it is read.
type busy struct {
	*memory
	meanwhile func()
}

func (b *busy) Load() ([]byte, error) {
	b.meanwhile()
	return b.memory.Load()
}

// TestSharedAnchorMovesOn: a node that starts beside another one with the same
// anchor file takes no newer anchor for a restored database.
func TestSharedAnchorMovesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shared := &memory{}
		first := join(t, d, shared)
		first.happen(t, 3)
		first.seal(t)
		second := join(t, d, &busy{shared, func() {
			first.happen(t, 2)
			first.seal(t)
		}})
		if err := second.CheckAnchor(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
