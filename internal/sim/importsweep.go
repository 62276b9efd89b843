package sim

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// importPatience is how long an import may stand still between two batches. Its process is gone then.
const importPatience = 5 * time.Minute

// seen is the condition on a card that is not one of an import that has not ended.
const seen = "(sim_card.import IS NULL OR sim_card.import IN (SELECT id FROM sim_import WHERE state = 'taken'))"

// clearImports does all that is left of imports that have ended or were broken off.
func (d *Desk) clearImports(ctx context.Context) error {
	for {
		if n, err := d.sweepImports(ctx, batchSize); err != nil || n < batchSize {
			return err
		}
	}
}

// sweepImports does some of what is left of imports, each kind in a transaction of its own.
func (d *Desk) sweepImports(ctx context.Context, limit int) (total int64, err error) {
	for _, f := range []func(*db.Tx, int) (int64, error){abandoned, dropped, settled} {
		var n int64
		if err := d.DB.Write(ctx, func(tx *db.Tx) error {
			n, err = f(tx, limit)
			return err
		}); err != nil {
			return total, err
		}
		total = max(total, n)
	}
	return total, nil
}

// abandoned drops the imports whose process is gone.
func abandoned(tx *db.Tx, limit int) (int64, error) {
	type standing struct {
		id   ident.ID
		name string
	}
	var all []standing
	err := tx.Each("UPDATE sim_import SET state = 'dropped' WHERE id IN (SELECT id FROM sim_import WHERE state = 'open' AND touched_at < $1 ORDER BY id LIMIT $2) AND state = 'open' AND touched_at < $1 RETURNING id, name",
		[]any{tx.Now.Add(-importPatience), limit}, func(r db.Row) error {
			var s standing
			err := r.Scan(&s.id, &s.name)
			all = append(all, s)
			return err
		})
	for _, s := range all {
		audit.Record(tx, audit.Event{Kind: AuditImported, By: actor(), Object: "sim_cards", Details: map[string]any{"name": s.name, "taken": false, "reason": "broken off"}})
	}
	return int64(len(all)), err
}

// dropImport says that the cards of an import that was not taken are to go.
func dropImport(tx *db.Tx, id ident.ID) error {
	_, err := tx.Exec("UPDATE sim_import SET state = 'dropped' WHERE id = $1 AND state = 'open'", id)
	return err
}

// dropped deletes cards of an import that was dropped, and the import when none is left.
func dropped(tx *db.Tx, limit int) (int64, error) {
	return ended(tx, "dropped", limit, "DELETE FROM sim_key_set WHERE card = $1", "DELETE FROM sim_card WHERE id = $1")
}

// settled makes ordinary cards of those of an import that was taken, and forgets the import when none is left.
func settled(tx *db.Tx, limit int) (int64, error) {
	return ended(tx, "taken", limit, "UPDATE sim_card SET import = NULL WHERE id = $1")
}

// ended does what is left of the oldest import in a state; 0 when there is none.
func ended(tx *db.Tx, state string, limit int, each ...string) (int64, error) {
	var id ident.ID
	err := tx.Row("SELECT id FROM sim_import WHERE state = $1 ORDER BY id LIMIT 1", state).Scan(&id)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	cards, err := idsOf(tx, "SELECT id FROM sim_card WHERE import = $1 ORDER BY id LIMIT $2", id, limit)
	if err != nil {
		return 0, err
	}
	args := make([][]any, len(cards))
	for i, card := range cards {
		args[i] = []any{card}
	}
	for _, sql := range each {
		if _, err := tx.Many(sql, args); err != nil {
			return 0, err
		}
	}
	if len(cards) < limit {
		_, err = tx.Exec("DELETE FROM sim_import WHERE id = $1", id)
	}
	return int64(limit), err // there may be another
}
