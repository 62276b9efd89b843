package exemption

import (
	"context"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
)

const (
	window    = 90                 // days over which fraud is counted (RTS, article 19(1))
	horizon   = 3 * 366            // days that are looked at; the states of bands forget nothing by it but quarters without payments
	settled   = 10 * time.Minute   // after midnight, when the last commits of a day have come
	refreshed = 10 * time.Minute   // how often the sums are read
	stale     = 2 * 24 * time.Hour // age from which sums are not relied upon
)

// ledger is what a node knows of all payments.
type ledger struct {
	at       time.Time
	rolled   Day // until which days are summed up
	quarters map[Instrument][]Rate
}

// standings returns the states of the bands; all closed while the ledger is not known.
func (d *Desk) standings(now time.Time, set *policy.Set) Standings {
	l := d.ledger.Load()
	if !set.Exemptions.Risk.On || l == nil || now.Sub(l.at) > stale {
		return nil
	}
	return stand(set.Exemptions.Risk.Bands, l.quarters)
}

// Refresh sums up the days that are over, and reads the fraud rates of all quarters.
// Every node does it every minute or so; most of the time there is nothing to do.
func (d *Desk) Refresh(ctx context.Context) error {
	old := d.ledger.Load()
	var now time.Time
	if err := d.DB.Read(ctx, func(tx *db.Tx) error { now = tx.Now; return nil }); err != nil {
		return err
	}
	until := over(now)
	if old != nil && old.rolled >= until && now.Sub(old.at) < refreshed {
		return nil
	}
	if old == nil || old.rolled < until {
		if err := d.rollUp(ctx, until); err != nil {
			return err
		}
	}
	l := &ledger{at: now, rolled: until}
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		l.quarters, err = quarters(tx, until)
		return err
	})
	if err == nil {
		d.ledger.Store(l)
	}
	return err
}

// over is the last day that is over.
func over(now time.Time) Day { return DayOf(now.Add(-settled)) - 1 }

// rollUp sums up the days until the given one that have not been. Two nodes that do it
// at once write the same.
func (d *Desk) rollUp(ctx context.Context, until Day) error {
	var from *int64
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row("SELECT MAX(day) + 1 FROM exemption_day").Scan(&from)
		if err != nil || from != nil {
			return err
		}
		return tx.Row("SELECT MIN(day) FROM exemption_use").Scan(&from)
	})
	if err != nil || from == nil {
		return err
	}
	for day := Day(*from); day <= until; day++ {
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO exemption_day (day, instrument, exemption, payments, cents, unconverted)
				SELECT day, instrument, exemption, CAST(SUM(CASE WHEN instrument = '' THEN 1 ELSE orders END) AS BIGINT), CAST(COALESCE(SUM(cents), 0) AS BIGINT),
				CAST(SUM(CASE WHEN cents IS NULL THEN orders ELSE 0 END) AS BIGINT)
				FROM exemption_use WHERE day = $1 GROUP BY day, instrument, exemption
				ON CONFLICT (day, instrument, exemption) DO UPDATE SET payments = excluded.payments, cents = excluded.cents, unconverted = excluded.unconverted`, int64(day))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// days are rates by instrument and day.
type days map[Instrument]map[Day]Rate

func (x days) add(i Instrument, day Day, r Rate) {
	if x[i] == nil {
		x[i] = map[Day]Rate{}
	}
	sum := x[i][day]
	x[i][day] = Rate{sum.Fraud + r.Fraud, sum.Total + r.Total}
}

// until sums the window that ends with a day.
func (x days) until(i Instrument, last Day) (sum Rate) {
	for day := last - window + 1; day <= last; day++ {
		r := x[i][day]
		sum.Fraud, sum.Total = sum.Fraud+r.Fraud, sum.Total+r.Total
	}
	return sum
}

// read gathers the payments and the fraud of the days from first to last.
func read(tx *db.Tx, first, last Day) (days, error) {
	x := days{}
	err := tx.Each("SELECT day, instrument, CAST(SUM(cents) AS BIGINT) FROM exemption_day WHERE day >= $1 AND day <= $2 AND instrument <> '' GROUP BY day, instrument",
		[]any{int64(first), int64(last)}, func(row db.Row) error {
			var day, cents int64
			var i string
			err := row.Scan(&day, &i, &cents)
			x.add(Instrument(i), Day(day), Rate{Total: cents})
			return err
		})
	if err != nil {
		return nil, err
	}
	err = tx.Each("SELECT day, instrument, CAST(SUM(cents) AS BIGINT) FROM exemption_fraud WHERE day >= $1 AND day <= $2 AND withdrawn_at IS NULL GROUP BY day, instrument",
		[]any{int64(first), int64(last)}, func(row db.Row) error {
			var day, cents int64
			var i string
			err := row.Scan(&day, &i, &cents)
			x.add(Instrument(i), Day(day), Rate{Fraud: cents})
			return err
		})
	return x, err
}

// quarters returns the rates of all quarters that are over by the given day, oldest
// first. A quarter counts when its whole window has been on record.
func quarters(tx *db.Tx, until Day) (map[Instrument][]Rate, error) {
	var first *int64
	if err := tx.Row("SELECT MIN(day) FROM exemption_day").Scan(&first); err != nil || first == nil {
		return nil, err
	}
	begin := max(Day(*first), until-horizon)
	x, err := read(tx, begin, until)
	if err != nil {
		return nil, err
	}
	all := map[Instrument][]Rate{}
	for _, q := range between(begin, until) {
		for _, i := range Instruments() {
			all[i] = append(all[i], x.until(i, q.Last()))
		}
	}
	return all, nil
}

// between lists the quarters that end by a day, and whose window begins on another or
// later.
func between(begin, until Day) (all []Quarter) {
	for q := QuarterOf(begin); q.Last() <= until; q = q.Next() {
		if q.Last()-window+1 >= begin {
			all = append(all, q)
		}
	}
	return slices.Clip(all)
}
