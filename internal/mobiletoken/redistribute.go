package mobiletoken

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Redistribute issues a code by which a token that is in use, or blocked, comes to another
// device, or anew to its own: its PIN is forgotten. Serial number and id stay; the key is
// another one unless the policies say otherwise. What is in use stays so until the new
// device has proved its key, and then is not any more. Customers give a proof by another
// device, so never for their only token; others an identification (invariant 5).
func (d *Desk) Redistribute(ctx context.Context, by audit.Actor, o Order, h Handing) (out Issued, err error) {
	_, err = d.within(ctx, by, o, needOther, func(u *unit) error {
		if u.t.Status != Active && u.t.Status != Blocked {
			return fault.Conflictf("mobiletoken.state", "The token is %s: renew its activation code.", u.t.Status)
		}
		if by.Kind == audit.CustomerKind && u.t.BlockedBy == ByOperator {
			return fault.Deniedf("mobiletoken.help_desk", "Your bank has blocked this token. Please call the help desk.")
		}
		if out, err = u.issue(Redistribute, h); err != nil || u.t.Status != Blocked {
			return err
		}
		return u.settle() // the new device sets it going again
	})
	return out, err
}
