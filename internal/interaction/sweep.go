package interaction

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// keepDecisions is how long decisions are kept: as long as risk events.
const keepDecisions = 13 * 31 * 24 * time.Hour

// Sweep deletes, at most n rows of each kind, what has been kept for long enough, and returns the most
// that it did of one kind.
func (d *Desk) Sweep(ctx context.Context, n int) (most int64, err error) {
	r := d.rules()
	err = d.write(ctx, func(tx *db.Tx) error {
		most = 0
		month := tx.Now.Add(-31 * 24 * time.Hour)
		for _, x := range []struct {
			table, key, when string
			before           any
		}{
			{"interaction_batch", "customer, companion, id", "taken_at", tx.Now.Add(-r.Keep)},
			{"interaction_decision", "customer, id", "created_at", tx.Now.Add(-keepDecisions)},
			{"interaction_notice", "customer, id", "until_at", tx.Now},
			{"interaction_dispute", "customer, id", "until_at", month},
			{"interaction_budget", "customer, day", "day", tx.Now.Unix()/86400 - 7},
			{"interaction_pattern", "customer, companion", "changed_at", tx.Now.Add(-keepDecisions)},
		} {
			gone, err := tx.Exec("DELETE FROM "+x.table+" WHERE ("+x.key+") IN (SELECT "+x.key+" FROM "+x.table+" WHERE "+x.when+" < $1 ORDER BY "+x.when+" LIMIT $2)", x.before, n)
			if err != nil {
				return err
			}
			most = max(most, gone)
		}
		return nil
	})
	return most, err
}

// Personal says what the package keeps of a customer, and what of it is handed out to them. What was
// learned is shown as a table ([Desk.Table]): its raw form would teach whoever gets it to act as the person.
func Personal() []held.Table {
	return []held.Table{
		{Name: "interaction_pattern", Show: "companion changed_at", Withheld: "learned recent", Inner: "version due_at"},
		{Name: "interaction_batch", Show: "id companion from_at until_at taken_at events:" + eventsLabel + " state"},
		{Name: "interaction_decision", Show: "id companion reference mode outcome zone sum details:json spent day denied_at created_at"},
		{Name: "interaction_budget", Show: "day spent"},
		{Name: "interaction_notice", Show: "id from_at until_at place:" + placeLabel + " radius created_by created_at"},
		{Name: "interaction_dispute", Show: "id from_at until_at created_by created_at"},
		{Name: "interaction_choice", Show: "learn activity logs changed_at"},
	}
}

// Erase forgets a customer.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, table := range Personal() {
		if _, err := tx.Exec("DELETE FROM "+table.Name+" WHERE customer = $1", customer); err != nil {
			return err
		}
	}
	return nil
}
