package interaction

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Choice is what a customer lets the bank keep. A heart rate is never kept: Activity is about the
// one bit that a worn device says, that it feels a body.
type Choice struct {
	Learn    bool // reports are taken in, learned and judged by
	Activity bool
	Logs     bool // classes of apps, calls, messages and pages; only where the policies ask for them
}

// chosen returns the choice of a customer: to learn, and nothing that is about health or about logs, before
// they said anything.
func chosen(tx *db.Tx, customer ident.ID) (c Choice, err error) {
	c, _, err = chosenAt(tx, customer)
	return c, err
}

// chosenAt is chosen with when the customer chose, or had all forgotten; the zero time for never.
func chosenAt(tx *db.Tx, customer ident.ID) (c Choice, at time.Time, err error) {
	var learn, activity, logs int64
	err = tx.Row("SELECT learn, activity, logs, changed_at FROM interaction_choice WHERE customer = $1", customer).Scan(&learn, &activity, &logs, &at)
	if errors.Is(err, db.ErrNoRow) {
		return Choice{Learn: true}, at, nil
	}
	return Choice{Learn: learn != 0, Activity: activity != 0, Logs: logs != 0}, at, err
}

// Chosen returns the choice of a customer.
func (d *Desk) Chosen(ctx context.Context, customer ident.ID) (c Choice, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error { c, err = chosen(tx, customer); return err })
	return c, err
}

// Choose changes what may be kept of a customer. To allow more, customers need a proof, and whoever acts for
// them one of theirs or a recent identification; to allow less they need none. Who no longer lets the bank learn is forgotten as well ([Desk.Forget]). For
// as long as a quarantine takes, requests are judged afterwards as those of somebody of whom little is known: whoever took over a session gains nothing by it.
//
// Faults: "interaction.not_yours", "interaction.proof" (Denied), and those of the proof.
func (d *Desk) Choose(ctx context.Context, by audit.Actor, customer ident.ID, proof Proof, c Choice) error {
	return d.write(ctx, func(tx *db.Tx) error {
		was, err := chosen(tx, customer)
		if err != nil {
			return err
		}
		note := map[string]any{}
		more := c.Learn && !was.Learn || c.Activity && !was.Activity || c.Logs && !was.Logs
		if more || by.Kind == audit.CustomerKind && by.ID != customer {
			if note, err = entitled(tx, by, customer, proof); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`INSERT INTO interaction_choice (customer, learn, activity, logs, changed_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (customer) DO UPDATE SET learn = excluded.learn, activity = excluded.activity, logs = excluded.logs, changed_at = excluded.changed_at`,
			customer, flag(c.Learn), flag(c.Activity), flag(c.Logs), tx.Now)
		if err != nil {
			return err
		}
		if !c.Learn {
			if _, err := forget(tx, customer); err != nil {
				return err
			}
		}
		note["learn"], note["activity"], note["logs"] = c.Learn, c.Activity, c.Logs
		audit.Record(tx, audit.Event{Kind: AuditChosen, By: by, Customer: customer, Details: note})
		return nil
	})
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Forget deletes what was learned of a customer, and what it was learned from. Decisions stay, as
// they explain what the bank did. Customers need no proof: it makes nothing easier, as little is known then (DI-76), and for as long
// as a quarantine takes that is so also where nothing is reported any more.
//
// The fault "interaction.not_yours" (Denied).
func (d *Desk) Forget(ctx context.Context, by audit.Actor, customer ident.ID) error {
	return d.write(ctx, func(tx *db.Tx) error {
		if by.Kind == audit.CustomerKind && by.ID != customer {
			_, err := entitled(tx, by, customer, nil)
			return err
		}
		n, err := forget(tx, customer)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO interaction_choice (customer, learn, activity, logs, changed_at) VALUES ($1, 1, 0, 0, $2)
			ON CONFLICT (customer) DO UPDATE SET changed_at = excluded.changed_at`, customer, tx.Now)
		audit.Record(tx, audit.Event{Kind: AuditForgot, By: by, Customer: customer, Details: map[string]any{"batches": n}})
		return err
	})
}

// forget deletes patterns and reports.
func forget(tx *db.Tx, customer ident.ID) (batches int64, err error) {
	if _, err := tx.Exec("DELETE FROM interaction_pattern WHERE customer = $1", customer); err != nil {
		return 0, err
	}
	return tx.Exec("DELETE FROM interaction_batch WHERE customer = $1", customer)
}
