package interaction

import (
	"context"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Notice announces a journey: on these days the customer is around a place, and a place
// there is no surprise. It makes up for the place alone, never for who is missing.
type Notice struct {
	ID          ident.ID
	Customer    ident.ID
	From, Until time.Time
	Place       s2.CellID // level 14 or coarser
	Radius      int       // kilometers around it, 1–1000
}

// Bounds of notices.
const (
	maxJourney = 180 * 24 * time.Hour
	maxNotices = 10
	maxRadius  = 1000
	anyLevel   = 14
)

func (n *Notice) check(now time.Time) error {
	switch {
	case !n.Place.IsValid() || n.Place.Level() > anyLevel:
		return fault.Invalidf("interaction.place", "Name the place by a cell of level %d or coarser.", anyLevel).WithField("/place")
	case n.Radius < 1 || n.Radius > maxRadius:
		return fault.Invalidf("interaction.radius", "The radius is 1 to %d km.", maxRadius).WithField("/radius")
	case !n.From.Before(n.Until) || n.Until.Before(now):
		return fault.Invalidf("interaction.days", "A journey ends after it began, and in the future.").WithField("/until")
	case n.Until.Sub(n.From) > maxJourney || n.From.After(now.Add(2*maxJourney)):
		return fault.Invalidf("interaction.days", "A journey takes at most half a year, and begins within a year.").WithField("/from")
	}
	return nil
}

// Announce keeps a notice. Customers need a proof; staff and applications of the bank need one of the
// customer's, or have identified the customer lately.
//
// Faults: "interaction.place", "interaction.radius", "interaction.days" (Invalid), "interaction.notices" (Conflict:
// there are ten already), "interaction.not_yours", "interaction.proof" (Denied), and those of the proof or the identification.
func (d *Desk) Announce(ctx context.Context, by audit.Actor, proof Proof, n Notice) (Notice, error) {
	err := d.write(ctx, func(tx *db.Tx) error {
		note, err := entitled(tx, by, n.Customer, proof)
		if err != nil {
			return err
		}
		if err := n.check(tx.Now); err != nil {
			return err
		}
		var have int
		if err := tx.Row("SELECT COUNT(*) FROM interaction_notice WHERE customer = $1 AND until_at > $2", n.Customer, tx.Now).Scan(&have); err != nil {
			return err
		}
		if have >= maxNotices {
			return fault.Conflictf("interaction.notices", "There are %d notices already. Take one back first.", maxNotices)
		}
		n.ID = ident.New(tx.Now, d.Rand)
		if _, err = tx.Exec("INSERT INTO interaction_notice (customer, id, from_at, until_at, place, radius, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			n.Customer, n.ID, n.From, n.Until, d.Ring.Seal(placeLabel, n.ID, []byte(n.Place.ToToken())), n.Radius, by.String(), tx.Now); err != nil {
			return err
		}
		note["days"] = int(n.Until.Sub(n.From).Hours() / 24)
		audit.Record(tx, audit.Event{Kind: AuditNoticed, By: by, Customer: n.Customer, Object: "notice:" + n.ID.String(), Details: note})
		return nil
	})
	return n, err
}

// Recall takes a notice back. The faults "interaction.notice" (NotFound) and "interaction.not_yours" (Denied).
func (d *Desk) Recall(ctx context.Context, by audit.Actor, customer, id ident.ID) error {
	return d.write(ctx, func(tx *db.Tx) error {
		if by.Kind == audit.CustomerKind && by.ID != customer {
			_, err := entitled(tx, by, customer, nil)
			return err
		}
		n, err := tx.Exec("DELETE FROM interaction_notice WHERE customer = $1 AND id = $2", customer, id)
		if err == nil && n == 0 {
			err = fault.NotFoundf("interaction.notice", "There is no such notice.")
		}
		audit.Record(tx, audit.Event{Kind: AuditRecalled, By: by, Customer: customer, Object: "notice:" + id.String()})
		return err
	})
}

// Notices returns the notices of a customer that are not over, by their beginning.
func (d *Desk) Notices(ctx context.Context, customer ident.ID) (all []Notice, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = d.notices(tx, customer, tx.Now)
		return err
	})
	return all, err
}

func (d *Desk) notices(tx *db.Tx, customer ident.ID, now time.Time) (all []Notice, err error) {
	err = tx.Each("SELECT id, from_at, until_at, place, radius FROM interaction_notice WHERE customer = $1 AND until_at > $2 ORDER BY from_at", []any{customer, now}, func(r db.Row) error {
		n := Notice{Customer: customer}
		var sealed []byte
		if err := r.Scan(&n.ID, &n.From, &n.Until, &sealed, &n.Radius); err != nil {
			return err
		}
		plain, err := d.Ring.Open(placeLabel, n.ID, sealed)
		n.Place = s2.CellIDFromToken(string(plain))
		all = append(all, n)
		return err
	})
	return all, err
}

// covers reports whether a notice covers a moment and a place; where no place is known the
// moment is enough.
func (n *Notice) covers(at time.Time, cell s2.CellID) bool {
	if at.Before(n.From) || !at.Before(n.Until) {
		return false
	}
	return !cell.IsValid() || pattern.Kilometers(n.Place, cell) <= float64(n.Radius)
}
