package sim

import (
	"sync"

	"github.com/countersign-auth/countersign/internal/db"
)

const (
	// DefaultMaxParts is how many parts of answers are kept in all: about 10 MB.
	DefaultMaxParts = 50_000
	// fewKept is how many parts of one number are kept when there are too many in all: those of two long answers.
	fewKept = 2 * maxAnswerParts
	// fewNumbers is how many numbers with more than these are looked at in one go.
	fewNumbers = 20
)

// allowance is how many parts this node may store before it counts again what is there. The zero value is ready.
type allowance struct {
	mu   sync.Mutex
	left int
}

// take takes one; false when none is left.
func (a *allowance) take() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left <= 0 {
		return false
	}
	a.left--
	return true
}

func (a *allowance) renew(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left = n
}

func (d *Desk) maxParts() int {
	if d.MaxParts > 0 {
		return d.MaxParts
	}
	return DefaultMaxParts
}

// roomInAll keeps the parts of all numbers together below a limit, which each node may pass by an eighth: it counts
// anew after so many parts. The numbers with the most parts lose theirs first, down to those of two answers, so that who floods one
// number takes nothing from the others; then the oldest of all go.
func (d *Desk) roomInAll(tx *db.Tx) error {
	if d.rooms.take() {
		return nil
	}
	most := d.maxParts()
	step := max(1, most/8)
	var n int
	if err := tx.Row("SELECT COUNT(*) FROM sim_part").Scan(&n); err != nil {
		return err
	}
	if n+step <= most {
		tx.After(func() { d.rooms.renew(step) })
		return nil
	}
	n, err := trim(tx, n)
	if err != nil || n < most {
		return err // and counted again for the next one, until there is room for more
	}
	_, err = tx.Exec(`DELETE FROM sim_part WHERE (address, reference, total, number, digest) IN
(SELECT address, reference, total, number, digest FROM sim_part ORDER BY seen_at LIMIT $1)`, n-most+step)
	return err
}

// trim forgets parts of the numbers that have the most, and returns how many are left of n.
func trim(tx *db.Tx, n int) (left int, err error) {
	var numbers [][]byte
	if err := tx.Each("SELECT address FROM sim_part GROUP BY address HAVING COUNT(*) > $1 ORDER BY COUNT(*) DESC, address LIMIT $2", []any{fewKept, fewNumbers}, func(r db.Row) error {
		var b []byte
		err := r.Scan(&b)
		numbers = append(numbers, b)
		return err
	}); err != nil {
		return n, err
	}
	for _, from := range numbers {
		gone, err := makeRoom(tx, from, fewKept+1)
		if err != nil {
			return n, err
		}
		n -= gone
	}
	return n, nil
}
