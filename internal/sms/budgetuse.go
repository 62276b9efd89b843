package sms

import (
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// used is what was counted in the windows that bounds look at.
type used struct {
	sent    map[string]int // by scope
	asked   int64          // codes to the prefix in a day that are dead by now
	right   int64          // of them, those that came back right
	cut     bool           // a cut-off is in force
	alarmed bool           // an alarm is
}

// usedSQL has a branch for each counter, because each finds its rows by the primary key.
const usedSQL = `SELECT 'number', CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(0 AS BIGINT) FROM sms_budget WHERE scope = 'number' AND name = $1 AND start > $4
	UNION ALL SELECT 'source', CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(0 AS BIGINT) FROM sms_budget WHERE scope = 'source' AND name = $2 AND start > $4
	UNION ALL SELECT 'prefix', CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(0 AS BIGINT) FROM sms_budget WHERE scope = 'prefix' AND name = $3 AND start > $4
	UNION ALL SELECT 'hour', CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(0 AS BIGINT) FROM sms_budget WHERE scope = 'hour' AND name = '' AND start > $4
	UNION ALL SELECT 'day', CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(0 AS BIGINT) FROM sms_budget WHERE scope = 'day' AND name = '' AND start > $5
	UNION ALL SELECT 'back', CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(COALESCE(SUM(verified), 0) AS BIGINT) FROM sms_budget
		WHERE scope = 'prefix' AND name = $3 AND start <= $6
		AND start > COALESCE((SELECT MAX(until_at) - $8 FROM sms_alarm WHERE prefix = $3 AND level = 'cut_off' AND until_at > $7), $7)
	UNION ALL SELECT level, until_at, CAST(0 AS BIGINT) FROM sms_alarm WHERE prefix = $3`

// used reads the counters of a claim. What is judged of a prefix begins anew with the
// window in which a cut-off has ended: else the same codes would cut it off again.
func (c *claim) used(tx *db.Tx) (u used, err error) {
	u.sent = map[string]int{}
	hour, day := c.now.Add(-time.Hour-window), c.now.Add(-24*time.Hour-dayWindow)
	judged := c.now.Add(-settled - window)
	err = tx.Each(usedSQL, []any{c.number, c.source, c.prefix, hour, day, judged, day, window.Microseconds()}, func(r db.Row) error {
		var scope string
		var n, right int64
		if err := r.Scan(&scope, &n, &right); err != nil {
			return err
		}
		switch scope {
		case "back":
			u.asked, u.right = n, right
		case levelCutOff:
			u.cut = time.UnixMicro(n).After(c.now)
		case levelAlarm:
			u.alarmed = time.UnixMicro(n).After(c.now)
		default:
			u.sent[scope] = int(n)
		}
		return nil
	})
	return u, err
}
