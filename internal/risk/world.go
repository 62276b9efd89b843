package risk

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// world reads the few counts that one event needs.
func (d *Desk) world(tx *db.Tx, f *score.Facts) (w engine.World, err error) {
	if f.Row != (likelihood.Attempt{}) {
		if w.Counts, err = counts(tx, f.Row); err != nil {
			return w, err
		}
	}
	w.Payees = map[string]spending.Payee{}
	for _, i := range f.Items {
		if _, done := w.Payees[i.Payee]; done {
			continue
		}
		payers, fresh, frauds, err := payee(tx, i.Payee)
		if err != nil {
			return w, err
		}
		w.Payees[i.Payee] = spending.Payee{Payers: payers.On(f.At, spending.Month), Fresh: fresh.On(f.At, spending.Day), Frauds: frauds}
	}
	return w, nil
}

// counts reads the numbers for an attempt: a fixed number of rows by their keys.
func counts(tx *db.Tx, a likelihood.Attempt) (c likelihood.Counts, err error) {
	err = tx.Each("SELECT name, n FROM risk_total", nil, func(r db.Row) error {
		var name string
		var n int64
		if err := r.Scan(&name, &n); err != nil {
			return err
		}
		switch name {
		case "rows":
			c.Rows = n
		case "users":
			c.Users = n
		}
		for l := range c.Distinct {
			if name == distinct(l) {
				c.Distinct[l] = n
			}
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	err = tx.Each(`SELECT level, n, spread FROM risk_value WHERE (level = 0 AND value = $1) OR (level = 1 AND value = $2) OR (level = 2 AND value = $3)
		OR (level = 3 AND value = $4) OR (level = 4 AND value = $5) OR (level = 5 AND value = $6) OR (level = 6 AND value = $7)`,
		[]any{a[0], a[1], a[2], a[3], a[4], a[5], a[6]}, func(r db.Row) error {
			var level int
			var n, spread int64
			if err := r.Scan(&level, &n, &spread); err != nil {
				return err
			}
			c.Same[level] = max(0, n)
			switch level {
			case likelihood.Address:
				c.Spread[0] = spread
			case likelihood.Agent:
				c.Spread[1] = spread
			}
			return nil
		})
	return c, err
}
