package risk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

type value struct {
	level int
	value string
}

type pair struct {
	level         int
	fine, coarser string
}

// spendings are what lessons change for one payee.
type spendings struct {
	at             time.Time
	payers, firsts float64
	frauds         float64
}

// sums are lessons added up.
type sums struct {
	rows, users int64
	values      map[value]int64
	pairs       map[pair]int64
	payees      map[string]spendings
}

func (s *sums) add(l lesson) {
	for _, x := range l.Deltas {
		s.rows += x.Rows
		s.users += x.Users
		for level, v := range x.Row {
			s.values[value{level, v}] += x.Rows
			if fine := finest(level); fine != level {
				s.pairs[pair{level, x.Row[fine], v}] += x.Rows
			}
		}
	}
	for _, p := range l.Payees {
		x := s.payees[p.Payee]
		if x.at.Before(l.At) {
			x.at = l.At
		}
		if x.frauds += p.Fraud; p.Fraud == 0 {
			x.payers++
		}
		if p.First {
			x.firsts++
		}
		s.payees[p.Payee] = x
	}
}

func finest(level int) int {
	if level < likelihood.Agent {
		return likelihood.Address
	}
	return likelihood.Agent
}

// write adds the sums to the tables, in one order so that nodes do not wait for
// each other in a circle. Rows of nothing are deleted.
func (s *sums) write(tx *db.Tx) error {
	if err := total(tx, "rows", s.rows); err != nil {
		return err
	}
	if err := total(tx, "users", s.users); err != nil {
		return err
	}
	for _, k := range slices.SortedFunc(maps.Keys(s.values), func(a, b value) int { return cmp.Or(a.level-b.level, strings.Compare(a.value, b.value)) }) {
		if err := s.writeValue(tx, k); err != nil {
			return err
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(s.pairs), func(a, b pair) int {
		return cmp.Or(a.level-b.level, strings.Compare(a.fine, b.fine), strings.Compare(a.coarser, b.coarser))
	}) {
		if err := s.writePair(tx, k); err != nil {
			return err
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.payees)) {
		if err := writePayee(tx, k, s.payees[k]); err != nil {
			return err
		}
	}
	return nil
}

func total(tx *db.Tx, name string, n int64) error {
	if n == 0 {
		return nil
	}
	_, err := tx.Exec("INSERT INTO risk_total (name, n) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET n = risk_total.n + excluded.n", name, n)
	return err
}

// distinct is the name of the count of different values at a level.
func distinct(level int) string { return fmt.Sprintf("distinct.%d", level) }

func (s *sums) writeValue(tx *db.Tx, k value) error {
	n := s.values[k]
	if n == 0 {
		return nil
	}
	var after int64
	err := tx.Row(`INSERT INTO risk_value (level, value, n, spread) VALUES ($1, $2, $3, 0) ON CONFLICT (level, value) DO UPDATE SET n = risk_value.n + excluded.n RETURNING n`,
		k.level, k.value, n).Scan(&after)
	if err != nil {
		return err
	}
	if after <= 0 && finest(k.level) != k.level { // a finest value goes with its pairs
		if _, err := tx.Exec("DELETE FROM risk_value WHERE level = $1 AND value = $2 AND n <= 0", k.level, k.value); err != nil {
			return err
		}
	}
	return total(tx, distinct(k.level), born(after, n))
}

// born is 1 when a count came into being by adding n, and -1 when it ended.
func born(after, n int64) int64 {
	switch before := after - n; {
	case before <= 0 && after > 0:
		return 1
	case before > 0 && after <= 0:
		return -1
	}
	return 0
}

func (s *sums) writePair(tx *db.Tx, k pair) error {
	n := s.pairs[k]
	if n == 0 {
		return nil
	}
	var after int64
	err := tx.Row(`INSERT INTO risk_pair (level, fine, coarser, n) VALUES ($1, $2, $3, $4) ON CONFLICT (level, fine, coarser) DO UPDATE SET n = risk_pair.n + excluded.n RETURNING n`,
		k.level, k.fine, k.coarser, n).Scan(&after)
	if err != nil {
		return err
	}
	if change := born(after, n); change != 0 {
		_, err = tx.Exec("UPDATE risk_value SET spread = spread + $3 WHERE level = $1 AND value = $2", finest(k.level), k.fine, change)
	}
	if err == nil && after <= 0 {
		_, err = tx.Exec("DELETE FROM risk_pair WHERE level = $1 AND fine = $2 AND coarser = $3 AND n <= 0", k.level, k.fine, k.coarser)
	}
	if err == nil {
		_, err = tx.Exec("DELETE FROM risk_value WHERE level = $1 AND value = $2 AND n <= 0", finest(k.level), k.fine)
	}
	return err
}

// payee reads what is known of a payee.
func payee(tx *db.Tx, name string) (payers, fresh spending.Sum, frauds float64, err error) {
	err = tx.Each("SELECT payers, payers_at, fresh, fresh_at, frauds FROM risk_payee WHERE payee = $1", []any{name}, func(r db.Row) error {
		return r.Scan(&payers.Value, &payers.At, &fresh.Value, &fresh.At, &frauds)
	})
	return payers, fresh, frauds, err
}

func writePayee(tx *db.Tx, name string, x spendings) error {
	payers, fresh, frauds, err := payee(tx, name)
	if err != nil {
		return err
	}
	payers.Add(x.payers, x.at, spending.Month)
	fresh.Add(x.firsts, x.at, spending.Day)
	_, err = tx.Exec(`INSERT INTO risk_payee (payee, payers, payers_at, fresh, fresh_at, frauds) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (payee) DO UPDATE SET
		payers = excluded.payers, payers_at = excluded.payers_at, fresh = excluded.fresh, fresh_at = excluded.fresh_at, frauds = excluded.frauds`,
		name, payers.Value, payers.At, fresh.Value, fresh.At, max(0, frauds+x.frauds))
	return err
}
