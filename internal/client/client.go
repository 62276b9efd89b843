package client

import (
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kind says whose application a client is.
type Kind string

// Kinds of clients.
const (
	Bank     Kind = "bank"     // an application of the bank itself
	Provider Kind = "provider" // a service provider that asks people for signatures
)

// Status says whether a client may call.
type Status string

// States of a client.
const (
	Active   Status = "active"
	Disabled Status = "disabled"
)

// Defaults and bounds of a client's rate.
const (
	DefaultRate  = 500 // requests a second
	DefaultBurst = 1000
	maxRate      = 1_000_000
)

// Client is one calling application. Its id in text form is the client_id of
// OAuth. Values handed out are not to be changed.
type Client struct {
	ID      ident.ID
	Name    string
	Kind    Kind
	Brand   string // the bank's brand that it acts for; may be empty
	Status  Status
	Scopes  Scopes // what it may ask for
	Rate    int    // requests a second, 1 to 1,000,000
	Burst   int    // requests at once, 1 to 1,000,000
	Created time.Time
	Changed time.Time

	PreviousUntil time.Time // until when the secret before the last rotation works; zero: there is none
	HasSecret     bool
	Keys          jose.JSONWebKeySet // public keys for private_key_jwt; may be empty

	generation       int64
	secret, previous []byte // keyed MACs
}

const columns = `id, name, kind, brand, status, scopes, rate, burst, generation, secret, previous, previous_until, keys, created_at, changed_at`

// row is a client on its way from or to the database.
type row struct {
	Client
	scopes, keys string
}

func (r *row) dest() []any {
	return []any{
		&r.ID, &r.Name, &r.Kind, &r.Brand, &r.Status, &r.scopes, &r.Rate, &r.Burst, &r.generation,
		&r.secret, &r.previous, &r.PreviousUntil, &r.keys, &r.Created, &r.Changed,
	}
}

// client finishes what was scanned. Scopes that this version does not know are
// left out, so that a node of an older version goes on working.
func (r *row) client() (*Client, error) {
	c := r.Client
	for name := range strings.FieldsSeq(r.scopes) {
		c.Scopes |= scopeByName[name]
	}
	c.HasSecret = len(c.secret) > 0
	keys, err := ParseKeys([]byte(r.keys))
	c.Keys = keys
	return &c, err
}

// values are the arguments for columns.
func (c *Client) values() ([]any, error) {
	keys, err := formatKeys(c.Keys)
	return []any{
		c.ID, c.Name, string(c.Kind), c.Brand, string(c.Status), c.Scopes.String(), c.Rate, c.Burst, c.generation,
		c.secret, c.previous, c.PreviousUntil, keys, c.Created, c.Changed,
	}, err
}

// check reports what is wrong with a client that is to be stored.
func (c *Client) check() error {
	bad := func(field, detail string, args ...any) error {
		return fault.Invalidf("client.invalid", detail, args...).WithField(field)
	}
	switch {
	case !shown(c.Name) || c.Name == "":
		return bad("/name", "A client needs a name of at most 100 characters.")
	case !shown(c.Brand):
		return bad("/brand", "A brand has at most 100 characters.")
	case c.Kind != Bank && c.Kind != Provider:
		return bad("/kind", "A client is of the kind bank or provider.")
	case c.Scopes&^AllScopes != 0:
		return bad("/scopes", "A scope does not exist.")
	case c.Rate < 1 || c.Rate > maxRate:
		return bad("/rate", "The rate is 1 to %d requests a second.", maxRate)
	case c.Burst < 1 || c.Burst > maxRate:
		return bad("/burst", "The burst is 1 to %d requests.", maxRate)
	}
	return nil
}

func shown(s string) bool {
	return len([]rune(s)) <= 100 && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar })
}
