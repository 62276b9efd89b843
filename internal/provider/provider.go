package provider

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Status says whether a provider may ask.
type Status string

// States of a provider.
const (
	Active   Status = "active"
	Disabled Status = "disabled"
)

// Provider is one service provider. Values handed out are not to be changed.
type Provider struct {
	ID      ident.ID
	Code    string // AP_ID: 3 to 128 characters, for ever the same
	Status  Status
	Created time.Time
	Changed time.Time

	PreviousUntil time.Time // until when the password before the last rotation works; zero: there is none

	Terms

	secret, previous []byte // keyed MACs
}

const columns = `id, code, status, terms, secret, previous, previous_until, created_at, changed_at`

func scan(r interface{ Scan(dest ...any) error }) (*Provider, error) {
	var p Provider
	var terms []byte
	err := r.Scan(&p.ID, &p.Code, &p.Status, &terms, &p.secret, &p.previous, &p.PreviousUntil, &p.Created, &p.Changed)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return nil, unknown()
	case err != nil:
		return nil, err
	}
	return &p, json.Unmarshal(terms, &p.Terms)
}

// values are the arguments for columns.
func (p *Provider) values() ([]any, error) {
	terms, err := json.Marshal(p.Terms)
	return []any{p.ID, p.Code, string(p.Status), string(terms), p.secret, p.previous, p.PreviousUntil, p.Created, p.Changed}, err
}

func unknown() *fault.Error {
	return fault.NotFoundf("provider.unknown", "There is no such service provider: check its AP_ID.")
}
