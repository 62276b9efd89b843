package staff

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Permit refuses whoever may not do what p names now: who is no active member of
// staff, or has a role without that permission. It is for acts that come long
// after somebody asked for them. Fault: "staff.not_permitted" (Denied).
func Permit(tx *db.Tx, who audit.Actor, p Permission) error {
	if who.Kind != audit.StaffKind {
		return fault.Deniedf("staff.not_permitted", "This is for members of staff.")
	}
	m, err := find(tx, "id = $1", who.ID)
	switch {
	case fault.Is(err, "staff.unknown"), err == nil && (m.Status != Active || !Can(m.Role, p)):
		return fault.Deniedf("staff.not_permitted", "A member of staff who took part may not do this (any more): %s.", p)
	}
	return err
}
