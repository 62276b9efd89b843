package risk

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Claim says who looks at an event; the zero one: nobody does.
type Claim struct {
	Holder    string // an actor, as the log names them
	At, Until time.Time
}

// claimOf reads a claim that has not expired.
func claimOf(tx *db.Tx, customer, id ident.ID) (c Claim, err error) {
	err = tx.Row("SELECT holder, claimed_at, until FROM risk_claim WHERE of_customer = $1 AND of_event = $2 AND until > $3", customer, id, tx.Now).Scan(&c.Holder, &c.At, &c.Until)
	if errors.Is(err, db.ErrNoRow) {
		return Claim{}, nil
	}
	return c, err
}

// Claim gives the event to one person for [ClaimFor]; claiming it again begins that
// time anew. Of two who claim at once one gets it: it is one conditional write.
// Faults: "risk.unknown" (NotFound), "risk.claimed" (Conflict).
func (r *Review) Claim(ctx context.Context, by audit.Actor, customer, id ident.ID) (c Claim, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := find(tx, customer, id)
		if err != nil {
			return err
		}
		c = Claim{by.String(), tx.Now, tx.Now.Add(ClaimFor)}
		n, err := tx.Exec(`INSERT INTO risk_claim (of_customer, of_event, holder, claimed_at, until) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (of_customer, of_event) DO UPDATE SET holder = excluded.holder, claimed_at = excluded.claimed_at, until = excluded.until
			WHERE risk_claim.holder = excluded.holder OR risk_claim.until <= excluded.claimed_at`, customer, id, c.Holder, c.At, c.Until)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("risk.claimed", "A colleague is looking at this event.")
		}
		e.record(tx, AuditClaimed, by, map[string]any{"until": c.Until})
		_, err = tx.Exec("DELETE FROM risk_claim WHERE until < $1", tx.Now) // nobody's any more
		return err
	})
	return c, err
}

// Release gives an event back before the time is over. Fault: "risk.not_claimed"
// (Conflict).
func (r *Review) Release(ctx context.Context, by audit.Actor, customer, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := find(tx, customer, id)
		if err != nil {
			return err
		}
		e.record(tx, AuditReleased, by, nil)
		return release(tx, by, customer, id)
	})
}

// release ends the actor's claim, which must not have expired.
func release(tx *db.Tx, by audit.Actor, customer, id ident.ID) error {
	n, err := tx.Exec("DELETE FROM risk_claim WHERE of_customer = $1 AND of_event = $2 AND holder = $3 AND until > $4", customer, id, by.String(), tx.Now)
	if err == nil && n == 0 {
		return fault.Conflictf("risk.not_claimed", "You do not hold this event, or not any more. Claim it first.")
	}
	return err
}
