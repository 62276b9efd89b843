package device

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// End is a device's place in the order in which devices end.
type End struct {
	At time.Time
	ID ident.ID
}

func (e End) compare(o End) int {
	return cmp.Or(e.At.Compare(o.At), bytes.Compare(e.ID[:], o.ID[:]))
}

// End returns where the device stands among those that end.
func (d Device) End() End { return End{d.Expires, d.ID} }

// ending is the query of Ends for one state.
const ending = `kind = $1 AND status = $2 AND expires_at IS NOT NULL AND expires_at < $3 AND (expires_at, id) > ($4, $5)
	ORDER BY expires_at, id LIMIT $6`

// Ends returns up to n devices in the given states whose end lies behind a place
// and before a moment, soonest first. It costs a look-up for each state.
func Ends(tx *db.Tx, kind Kind, statuses []Status, before time.Time, after End, n int) ([]Device, error) {
	var all []Device
	for _, status := range statuses {
		part, err := list(tx, ending, string(kind), string(status), before, after.At.UnixMicro(), after.ID[:], n)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	slices.SortFunc(all, func(a, b Device) int { return a.End().compare(b.End()) })
	return all[:min(n, len(all))], nil
}

// handed is the query of Handed.
const handed = "SELECT model, COUNT(*) FROM device WHERE kind = $1 AND assigned_at >= $2 AND assigned_at < $3 GROUP BY model"

// Handed counts the devices of a kind, by model, that their owners got from a
// moment on and before another. A device that came back to stock counts no more. It reads
// an index only.
func Handed(tx *db.Tx, kind Kind, from, before time.Time) (map[string]int64, error) {
	n := map[string]int64{}
	err := tx.Each(handed, []any{string(kind), from, before}, func(r db.Row) error {
		var model string
		var count int64
		err := r.Scan(&model, &count)
		n[model] = count
		return err
	})
	return n, err
}
