package hub

import (
	"context"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// keep is how long an authentication stays after it ran out; the audit log keeps
// what happened for longer.
const keep = 30 * 24 * time.Hour

// place is a key of the table. The zero place is before all of them.
type place struct{ customer, id ident.ID }

// walk is how far the deletion of old authentications has come. It goes through
// the table in the order of its key, again and again: an index by expiry would
// cost every login an entry and its deletion another.
type walk struct {
	mu sync.Mutex
	at place
}

// Sweep looks at the next n authentications, from where the last call stopped,
// and deletes those that ran out long ago. It reports how many it deleted and
// whether it came to the end of the table; the next call begins anew then. Nodes
// that sweep at the same time do not disturb each other.
func (h *Hub) Sweep(ctx context.Context, n int) (deleted int64, end bool, err error) {
	h.walk.mu.Lock()
	defer h.walk.mu.Unlock()
	at := h.walk.at
	var old [][]any
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		old, at, end, err = look(tx, h.walk.at, n)
		return err
	})
	if err == nil && len(old) > 0 {
		err = h.db.Write(ctx, func(tx *db.Tx) error {
			deleted, err = remove(tx, old)
			return err
		})
	}
	if err != nil {
		return 0, false, err
	}
	if h.walk.at = at; end {
		h.walk.at = place{}
	}
	return deleted, end, nil
}

// look finds what ran out long ago among the n rows after at, and returns the
// place of the last one that it saw.
func look(tx *db.Tx, at place, n int) (old [][]any, last place, end bool, err error) {
	if at == (place{}) {
		at.customer = ident.ID{15: 1} // below every id that is made; a zero id would be NULL
		at.id = at.customer
	}
	seen := 0
	err = tx.Each(`SELECT customer, id, expires_at FROM authentication WHERE (customer, id) > ($1, $2)
		ORDER BY customer, id LIMIT $3`, []any{at.customer, at.id, n}, func(r db.Row) error {
		var expires time.Time
		if err := r.Scan(&last.customer, &last.id, &expires); err != nil {
			return err
		}
		if seen++; expires.Before(tx.Now.Add(-keep)) {
			old = append(old, []any{last.customer, last.id})
		}
		return nil
	})
	return old, last, seen < n, err
}

func remove(tx *db.Tx, old [][]any) (deleted int64, err error) {
	if _, err := tx.Many("DELETE FROM authentication_payment WHERE customer = $1 AND id = $2", old); err != nil {
		return 0, err
	}
	if _, err := tx.Many("DELETE FROM authentication_risk WHERE customer = $1 AND id = $2", old); err != nil {
		return 0, err
	}
	changed, err := tx.Many("DELETE FROM authentication WHERE customer = $1 AND id = $2", old)
	for _, n := range changed {
		deleted += n
	}
	return deleted, err
}
