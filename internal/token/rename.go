package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Rename sets what the owner calls a token, at most 60 characters; "" for no name.
func (c *Care) Rename(ctx context.Context, by audit.Actor, o Order, name string) (out device.Device, err error) {
	name, ok := readText(name, 60)
	if !ok {
		return out, fault.Invalidf("token.name", "A name has at most 60 characters, all of which can be shown.").WithField("/name")
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		d, found, err := device.Get(tx, o.Device)
		switch {
		case err != nil:
			return err
		case !found || d.Kind != device.Token:
			return fault.NotFoundf("token.unknown", "There is no such token.")
		case !o.Customer.IsZero() && d.Customer != o.Customer:
			return fault.Conflictf("token.not_theirs", "This token is not this customer's: compare the serial number on it.").WithField("serial")
		case by.Kind == audit.CustomerKind && by.ID != d.Customer:
			return fault.Deniedf("token.not_yours", "Customers act on their own tokens only.")
		case d.Customer.IsZero():
			return fault.Conflictf("token.no_owner", "This token is nobody's, so nobody has a name for it.")
		}
		done, err := device.Rename(tx, d.ID, d.Customer, name)
		if err != nil {
			return err
		}
		if !done {
			return fault.Conflictf("token.changed", "The token is retired, or somebody else has changed it in the same moment. Look at it again.")
		}
		audit.Record(tx, audit.Event{Kind: AuditRenamed, By: by, Customer: d.Customer, Object: "device:" + d.ID.String(), Details: map[string]any{"name": name}})
		out, _, err = device.Get(tx, d.ID)
		return err
	})
	return out, err
}
