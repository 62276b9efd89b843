package sim

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/db"
)

// maxKept is how many parts of one number are kept.
const maxKept = 64

// kept names a part that is there.
type kept struct {
	reference, total, number int
	digest                   []byte
}

// makeRoom forgets parts of a number until fewer than most are left, and returns how many it forgot.
func makeRoom(tx *db.Tx, from []byte, most int) (forgotten int, err error) {
	var all []kept
	err = tx.Each("SELECT reference, total, number, digest FROM sim_part WHERE address = $1 ORDER BY seen_at, digest", []any{from}, func(r db.Row) error {
		var k kept
		err := r.Scan(&k.reference, &k.total, &k.number, &k.digest)
		all = append(all, k)
		return err
	})
	for err == nil && len(all) >= most {
		i := surplus(all)
		k := all[i]
		_, err = tx.Exec("DELETE FROM sim_part WHERE address = $1 AND reference = $2 AND total = $3 AND number = $4 AND digest = $5", from, k.reference, k.total, k.number, k.digest)
		all = slices.Delete(all, i, i+1)
		forgotten++
	}
	return forgotten, err
}

// surplus is the place of the part that is missed least, of parts by age: from the answers that have the fewest numbers, because
// a true one grows and single forgeries do not; of these, from the number that has the most parts, because all
// but one are forged; and of these the second oldest, so that the first that came stays.
func surplus(all []kept) int {
	type place struct{ reference, total, number int }
	variants, numbers := map[place]int{}, map[place]int{}
	for _, k := range all {
		p := place{k.reference, k.total, k.number}
		if variants[p]++; variants[p] == 1 {
			numbers[place{k.reference, k.total, 0}]++
		}
	}
	seen := map[place]int{}
	best, fewest, most := 0, len(all)+1, 0
	for i, k := range all {
		p := place{k.reference, k.total, k.number}
		n, v := numbers[place{k.reference, k.total, 0}], variants[p]
		if seen[p]++; seen[p] != min(2, v) {
			continue
		}
		if n < fewest || n == fewest && v > most {
			best, fewest, most = i, n, v
		}
	}
	return best
}
