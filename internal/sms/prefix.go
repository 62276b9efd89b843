package sms

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// Prefix is what became of the codes to the numbers that begin alike, in a day: how
// many of those that nobody can type any more came back right.
type Prefix struct {
	Prefix string // "+4791"
	Sent   int64  // in the last 24 hours, those that may still come back included
	Judged int64  // of them, codes whose life is over
	Right  int64  // of the judged ones, those that came back right
}

// Percent is the conversion: which share of the judged codes came back; false when
// none is judged yet.
func (p Prefix) Percent() (int, bool) {
	if p.Judged == 0 {
		return 0, false
	}
	return int(min(p.Right*100/p.Judged, 100)), true
}

// Prefixes returns the prefixes that most codes went to in the last 24 hours (as far as
// windows go: 24 to 25), up to limit.
func (d *Desk) Prefixes(ctx context.Context, limit int) (all []Prefix, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		day, judged := tx.Now.Add(-24*time.Hour-dayWindow), tx.Now.Add(-settled-window)
		return tx.Each(`SELECT name, CAST(SUM(sent) AS BIGINT) AS n, CAST(SUM(CASE WHEN start <= $2 THEN sent ELSE 0 END) AS BIGINT),
				CAST(SUM(CASE WHEN start <= $2 THEN verified ELSE 0 END) AS BIGINT)
			FROM sms_budget WHERE scope = 'prefix' AND start > $1 GROUP BY name HAVING SUM(sent) > 0 ORDER BY n DESC, name LIMIT $3`,
			[]any{day, judged, limit}, func(r db.Row) error {
				var p Prefix
				err := r.Scan(&p.Prefix, &p.Sent, &p.Judged, &p.Right)
				all = append(all, p)
				return err
			})
	})
	return all, err
}
