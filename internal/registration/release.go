package registration

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Release ends the registrations that have reserved a token, because it is given to
// somebody else or is of no use any more (a token.Forget). Their activation codes stay
// valid: the customers begin again.
func Release(tx *db.Tx, device ident.ID) error {
	_, err := tx.Exec("UPDATE registration SET state = 'abandoned', ended_at = $2 WHERE device = $1 AND state = 'reserved'", device, tx.Now)
	return err
}
