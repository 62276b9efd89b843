package client

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Kinds of audit records.
const (
	AuditCreated       = "client.created"
	AuditChanged       = "client.changed"
	AuditDisabled      = "client.disabled"
	AuditEnabled       = "client.enabled"
	AuditSecretRotated = "client.secret_rotated"
	AuditSecretRemoved = "client.secret_removed"
	AuditTokensRevoked = "client.tokens_revoked" //nolint:gosec // a name
	AuditTokenIssued   = "client.token_issued"
	AuditRefused       = "client.refused"
)

// Options of a register. All but Life are required.
type Options struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Rand     io.Reader // for ids and secrets
	Now      func() time.Time
	Issuer   string        // our name in tokens, an https URL; assertions may be addressed to it
	Endpoint string        // the address of the token endpoint; assertions may be addressed to it
	Life     time.Duration // of an access token; 0 means ten minutes, at most an hour
}

// Register is the register of clients: its methods are the use cases. It is safe
// for concurrent use.
type Register struct {
	Options
	layout  layout
	scratch sync.Pool // of *scratch
	table   atomic.Pointer[table]
	checked atomic.Int64 // when the table was last compared, in Unix nanoseconds
	reload  sync.Mutex

	refusals   buckets[ident.ID] // what may still be recorded; the zero ID stands for all that name no client
	unrecorded atomic.Int64      // refusals since the last one that was recorded
}

// Open makes a register and loads the table of clients.
func Open(ctx context.Context, o Options) (*Register, error) {
	if o.Life == 0 {
		o.Life = 10 * time.Minute
	}
	if o.Life < time.Second || o.Life > time.Hour {
		return nil, fault.Invalidf("client.life", "An access token lives between one second and one hour.")
	}
	r := &Register{Options: o, layout: newLayout(o.Issuer)}
	key := o.Ring.Derive("client.access_token")
	r.scratch.New = func() any { return newScratch(key) }
	return r, r.Refresh(ctx)
}

// New describes a client to be created.
type New struct {
	ID     ident.ID // zero for a fresh one
	Name   string
	Kind   Kind // Bank when empty
	Brand  string
	Scopes Scopes
	Rate   int    // requests a second; 0 means DefaultRate
	Burst  int    // requests at once; 0 means DefaultBurst
	Secret bool   // whether it gets a secret
	Keys   []byte // a JWK set for private_key_jwt; may be empty
}

// Create adds an active client. The secret, when asked for, is returned this
// once and cannot be read again.
func (r *Register) Create(ctx context.Context, by audit.Actor, n New) (c Client, secret string, err error) {
	c = Client{ID: n.ID, Name: n.Name, Kind: n.Kind, Brand: n.Brand, Status: Active, Scopes: n.Scopes, Rate: n.Rate, Burst: n.Burst, HasSecret: n.Secret, generation: 1}
	if c.ID.IsZero() {
		c.ID = ident.New(r.Now(), r.Rand)
	}
	if c.Kind == "" {
		c.Kind = Bank
	}
	if c.Rate == 0 {
		c.Rate = DefaultRate
	}
	if c.Burst == 0 {
		c.Burst = DefaultBurst
	}
	if c.Keys, err = ParseKeys(n.Keys); err != nil {
		return Client{}, "", err
	}
	if err := c.check(); err != nil {
		return Client{}, "", err
	}
	if n.Secret {
		secret, c.secret = r.newSecret(c.ID)
	}
	if err = r.DB.Write(ctx, func(tx *db.Tx) error { return r.insert(tx, by, &c) }); err != nil {
		return Client{}, "", err
	}
	return c, secret, r.Refresh(ctx)
}

func (r *Register) insert(tx *db.Tx, by audit.Actor, c *Client) error {
	c.Created, c.Changed = tx.Now, tx.Now
	values, err := c.values()
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO client (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO NOTHING`, values...)
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.Conflictf("client.id_taken", "A client with this id exists already.").WithField("/id")
	}
	return r.changed(tx, by, AuditCreated, c.ID, map[string]any{"scopes": c.Scopes, "secret": c.HasSecret, "keys": len(c.Keys.Keys)})
}

// changed records a change and makes every node reload its table.
func (r *Register) changed(tx *db.Tx, by audit.Actor, kind string, id ident.ID, details any) error {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Object: id.String(), Details: details})
	_, err := tx.Exec("UPDATE client_revision SET revision = revision + 1")
	return err
}

// Get returns a client; the fault "client.unknown" when there is none.
func (r *Register) Get(ctx context.Context, id ident.ID) (c Client, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		got, err := find(tx, id)
		if err == nil {
			c = *got
		}
		return err
	})
	return c, err
}

func find(tx *db.Tx, id ident.ID) (*Client, error) {
	var rw row
	err := tx.Row("SELECT "+columns+" FROM client WHERE id = $1", id).Scan(rw.dest()...)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return nil, unknown()
	case err != nil:
		return nil, err
	}
	return rw.client()
}

func unknown() *fault.Error {
	return fault.NotFoundf("client.unknown", "There is no such client: check its id.")
}

// List returns up to limit clients (1 to 200) in the order of their ids, those
// after the id given; the zero ID for the first page.
func (r *Register) List(ctx context.Context, after ident.ID, limit int) (all []Client, err error) {
	if limit < 1 || limit > 200 {
		return nil, fault.Invalidf("client.limit", "A page has 1 to 200 clients.").WithField("/limit")
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+columns+" FROM client WHERE id > $1 ORDER BY id LIMIT $2", []any{after[:], limit}, func(row db.Row) error {
			c, err := scan(row)
			if err == nil {
				all = append(all, *c)
			}
			return err
		})
	})
	return all, err
}

func scan(r db.Row) (*Client, error) {
	var rw row
	if err := r.Scan(rw.dest()...); err != nil {
		return nil, err
	}
	return rw.client()
}
