package risk

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Asked is an event as the devices of its customer are asked about it.
type Asked struct {
	Customer ident.ID
	Event    ident.ID
	Kind     string       // session, payment or action
	Type     string       // as the caller calls it
	Items    []score.Item // of a payment
}

// interactions asks what the customer's devices say of an event. Without the customer's consent
// to profiling nothing is asked.
func (d *Desk) interactions(tx *db.Tx, id ident.ID, c *Call, kind, typ string, items []score.Item) (x score.Interaction, terms []score.Term, err error) {
	if d.Interactions == nil || c.NoConsent {
		return x, nil, nil
	}
	return d.Interactions(tx, Asked{Customer: c.Customer, Event: id, Kind: kind, Type: typ, Items: items})
}
