package registration

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// enroll gives the customer the policy that was registered for, and all others that
// the token's model serves: who has a token that signs can sign. Signatures need a
// signing key, which a device of such a model may lack. What the customer has
// already keeps its counters.
func enroll(tx *db.Tx, by audit.Actor, customerID ident.ID, dev device.Device, registered policy.Policy, set *policy.Set) error {
	if err := authenticator.Enroll(tx, by, customerID, registered); err != nil {
		return err
	}
	served, err := token.Served(tx, dev, set)
	if err != nil {
		return err
	}
	for _, p := range served {
		if p.Code == registered.Code {
			continue
		}
		if err := authenticator.Enroll(tx, by, customerID, p); err != nil {
			return err
		}
	}
	return nil
}
