package provider

import (
	"context"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Kinds of audit records.
const (
	AuditCreated  = "provider.created"
	AuditChanged  = "provider.changed"
	AuditDisabled = "provider.disabled"
	AuditEnabled  = "provider.enabled"
	AuditPassword = "provider.password_changed"
	AuditRefused  = "provider.refused"
)

// Register is the register of service providers: its methods are the use cases. It is safe for
// concurrent use. DB, Ring, Rand and Now are required.
type Register struct {
	DB   *db.DB
	Ring *keyring.Ring
	Rand io.Reader // for ids and passwords
	Now  func() time.Time

	refusals refusals
}

// New describes a provider to be created.
type New struct {
	Code     string
	Terms    Terms
	Password string // taken over from another server, 16 to 200 characters; "" for a fresh one
}

// Create adds an active provider. Its password is returned this once.
func (r *Register) Create(ctx context.Context, by audit.Actor, n New) (Provider, string, error) {
	p := Provider{ID: ident.New(r.Now(), r.Rand), Code: n.Code, Status: Active, Terms: n.Terms}
	if err := p.check(); err != nil {
		return Provider{}, "", err
	}
	password, err := r.password(n.Password)
	if err != nil {
		return Provider{}, "", err
	}
	p.secret = r.mac(p.ID, password)
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		p.Created, p.Changed = tx.Now, tx.Now
		values, err := p.values()
		if err != nil {
			return err
		}
		rows, err := tx.Exec(`INSERT INTO provider (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`, values...)
		switch {
		case err != nil:
			return err
		case rows == 0:
			return fault.Conflictf("provider.taken", "A service provider with this AP_ID exists already.").WithField("/code")
		}
		record(tx, by, AuditCreated, &p, p.Terms)
		return nil
	})
	if err != nil {
		return Provider{}, "", err
	}
	return p, password, nil
}

// record writes an audit record; terms hold no secrets.
func record(tx *db.Tx, by audit.Actor, kind string, p *Provider, details any) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Object: p.ID.String(), Details: map[string]any{"code": p.Code, "what": details}})
}

// Get returns a provider; the fault "provider.unknown" when there is none.
func (r *Register) Get(ctx context.Context, id ident.ID) (Provider, error) {
	return r.one(ctx, "id = $1", id)
}

// ByCode returns the provider with an AP_ID; the fault "provider.unknown" when there is none.
func (r *Register) ByCode(ctx context.Context, code string) (Provider, error) {
	return r.one(ctx, "code = $1", code)
}

func (r *Register) one(ctx context.Context, where string, arg any) (p Provider, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		got, err := scan(tx.Row("SELECT "+columns+" FROM provider WHERE "+where, arg))
		if err == nil {
			p = *got
		}
		return err
	})
	return p, err
}

// List returns up to limit providers (1 to 200) in the order of their codes, those after the
// code given; "" for the first page.
func (r *Register) List(ctx context.Context, after string, limit int) (all []Provider, err error) {
	if limit < 1 || limit > 200 {
		return nil, fault.Invalidf("provider.limit", "A page has 1 to 200 service providers.").WithField("/limit")
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+columns+" FROM provider WHERE code > $1 ORDER BY code LIMIT $2", []any{after, limit}, func(row db.Row) error {
			p, err := scan(row)
			if err == nil {
				all = append(all, *p)
			}
			return err
		})
	})
	return all, err
}
