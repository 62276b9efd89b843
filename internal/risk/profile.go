package risk

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
)

// errStale says that another node changed the profile meanwhile.
var errStale = errors.New("risk: the profile was changed by another node")

// attempts is how often an act is tried on a profile that others change.
const attempts = 6

// settle runs an act on one customer: one after the other on this node, and again
// when another node was faster.
func (d *Desk) settle(ctx context.Context, customer ident.ID, f func(*db.Tx) error) (err error) {
	for range attempts {
		if err = d.DB.Settle(ctx, customer, f); !errors.Is(err, errStale) {
			return err
		}
	}
	return fault.Unavailablef(err, "risk.busy", "Other nodes judge the same customer all the time. Please try again.")
}

// loadProfile reads a profile and its version; 0 for a customer without one.
func loadProfile(tx *db.Tx, customer ident.ID) (p engine.Profile, version int64, err error) {
	var doc string
	err = tx.Row("SELECT document, version FROM risk_profile WHERE customer = $1", customer).Scan(&doc, &version)
	if errors.Is(err, db.ErrNoRow) {
		return p, 0, nil
	}
	if err == nil {
		err = p.UnmarshalJSON([]byte(doc))
	}
	return p, version, err
}

// saveProfile stores a profile if it is still the version that was read.
func saveProfile(tx *db.Tx, customer ident.ID, p *engine.Profile, version int64) error {
	doc, err := p.Pack()
	if err != nil {
		return err
	}
	var n int64
	if version == 0 {
		n, err = tx.Exec("INSERT INTO risk_profile (customer, document, version, changed_at) VALUES ($1, $2, 1, $3) ON CONFLICT (customer) DO NOTHING", customer, string(doc), tx.Now)
	} else {
		n, err = tx.Exec("UPDATE risk_profile SET document = $2, version = version + 1, changed_at = $3 WHERE customer = $1 AND version = $4", customer, string(doc), tx.Now, version)
	}
	if err == nil && n == 0 {
		return errStale
	}
	return err
}
