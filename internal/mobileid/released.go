package mobileid

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Released is what [Desk.ReleaseRestored] did.
type Released struct {
	Released int // of the hold; for another reason one may be held still
	Kept     int // in the hold
}

// releasePage is how many mobile IDs are released in one transaction.
const releasePage = 100

// ReleaseRestored ends the holds that a restore has put on mobile IDs, of all but those that keep wants to be kept: for an operator who has compared them with
// what is known of the time since the backup. What was released stays so when it ends early. Faults: "mobileid.reason" (Invalid),
// "mobileid.operator" (Denied).
func (d *Desk) ReleaseRestored(ctx context.Context, by audit.Actor, reason string, keep func(MobileID) bool) (out Released, err error) {
	if by.Kind != audit.SystemKind {
		return out, fault.Deniedf("mobileid.operator", "Operators do this on the command line. Staff release one mobile ID after the other.")
	}
	if reason, err = readReason(audit.Actor{Kind: audit.StaffKind}, reason); err != nil { // as staff must give one
		return out, err
	}
	set, after := d.Policies.Active(), place{}
	for {
		var done Released
		var page []place
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			done, page = Released{}, nil
			if err := heldPage(tx, after, &page); err != nil {
				return err
			}
			for _, p := range page {
				u, err := d.unit(tx, by, set, p.customer, p.mobile)
				if err != nil {
					return err
				}
				if keep(u.m) {
					done.Kept++
					continue
				}
				if err := u.release(ByRestore, reason); err != nil {
					return err
				}
				done.Released++
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Released, out.Kept = out.Released+done.Released, out.Kept+done.Kept
		if len(page) < releasePage {
			return out, nil
		}
		after = page[len(page)-1]
	}
}

// place is where a mobile ID is in the order of the table.
type place struct{ customer, mobile ident.ID }

func heldPage(tx *db.Tx, after place, page *[]place) error {
	return tx.Each(`SELECT customer, mobile FROM mobile_id_hold WHERE cause = 'restored' AND (customer > $1 OR customer = $1 AND mobile > $2) ORDER BY customer, mobile LIMIT $3`,
		[]any{after.customer[:], after.mobile[:], releasePage}, func(r db.Row) error {
			var p place
			err := r.Scan(&p.customer, &p.mobile)
			*page = append(*page, p)
			return err
		})
}
