package device

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Act is something that is done with a device in its life.
type Act string

// The acts; [Assign] and [Block], which need no device that was read before, are
// in the table of the package comment as well.
const (
	Give    Act = "give"    // to a customer, who must prove it before it can be used
	Suspend Act = "suspend" // out of use for a while
	Resume  Act = "resume"  // into use again
	Lose    Act = "lose"    // out of its owner's hands
	Find    Act = "find"    // in its owner's hands again, to be proven anew
	Return  Act = "return"  // to stock; nothing of its owner stays
	Retire  Act = "retire"  // for good
	Replace Act = "replace" // by another device of the owner
	Extend  Act = "extend"  // to another end
)

// Acts lists all acts.
func Acts() []Act {
	return []Act{Give, Suspend, Resume, Lose, Find, Return, Retire, Replace, Extend}
}

// To returns the state that the act leads to; false when it is not allowed.
func (a Act) To(from Status) (Status, bool) {
	var allowed []Status
	to := from
	switch a {
	case Give:
		allowed, to = []Status{Stock}, Assigned
	case Suspend:
		allowed, to = []Status{Active}, Suspended
	case Resume:
		allowed, to = []Status{Suspended}, Active
	case Lose:
		allowed, to = []Status{Assigned, Active, Suspended}, Lost
	case Find:
		allowed, to = []Status{Lost}, Assigned
	case Return:
		allowed, to = []Status{Assigned, Active, Suspended, Lost}, Stock
	case Retire:
		allowed, to = []Status{Stock, Assigned, Active, Suspended, Lost, Blocked}, Retired
	case Replace: // what is lost stays lost: somebody may have it
		if allowed, to = []Status{Active, Suspended, Lost}, Retired; from == Lost {
			to = Lost
		}
	case Extend:
		allowed = []Status{Stock, Assigned, Active, Suspended}
	}
	return to, slices.Contains(allowed, from)
}

// Change is an act with what it needs.
type Change struct {
	Act      Act
	Note     string    // why; kept until the next change of state
	Customer ident.ID  // of Give: to whom
	By       ident.ID  // of Replace: the device that takes the place
	Ends     time.Time // of Extend; not zero
}

// unchanged is the condition that a device is still in the state and in the hands
// that it was read in: parameters 1 to 4.
const unchanged = " WHERE id = $1 AND status = $2 AND (customer = $3 OR customer IS NULL AND $4 = 0)"

// Change carries an act out on a device as it was read, in one conditional
// UPDATE. It reports false, and nothing is changed, when the act is not allowed
// in the device's state, or when somebody else was first.
func (d Device) Change(tx *db.Tx, c Change) (bool, error) {
	to, allowed := c.Act.To(d.Status)
	if !allowed {
		return false, nil
	}
	owned := 1
	if d.Customer.IsZero() {
		owned = 0
	}
	if c.Act == Extend { // the state stays, and so does why it is in it
		n, err := tx.Exec("UPDATE device SET expires_at = $5"+unchanged, d.ID, string(d.Status), d.Customer, owned, c.Ends)
		return n == 1, err
	}
	args := []any{d.ID, string(d.Status), d.Customer, owned, string(to), tx.Now}
	set := "status = $5, changed_at = $6, note = $7"
	where := unchanged
	switch c.Act {
	case Give:
		set += ", customer = $8, assigned_at = $6"
		args = append(args, c.Note, c.Customer)
	case Return:
		set += ", name = '', customer = NULL, assigned_at = NULL, replaced_by = NULL"
		args = append(args, "")
	case Replace:
		set += ", replaced_by = $8"
		where += " AND replaced_by IS NULL"
		args = append(args, c.Note, c.By)
	case Find:
		where += " AND replaced_by IS NULL"
		args = append(args, c.Note)
	default:
		args = append(args, c.Note)
	}
	n, err := tx.Exec("UPDATE device SET "+set+where, args...)
	return n == 1, err
}

// HoldUsable returns how many usable devices of a kind the customer has. Until the
// transaction ends nobody else can take one of them out of use, so whoever
// takes the last one knows it.
func HoldUsable(tx *db.Tx, kind Kind, customer ident.ID) (int64, error) {
	return tx.Exec(`UPDATE device SET status = status WHERE customer = $1 AND kind = $2 AND status = 'active'
		AND (starts_at IS NULL OR starts_at <= $3) AND (expires_at IS NULL OR expires_at >= $3)`, customer, string(kind), tx.Now)
}
