package provider

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// MaxOverlap is how long an old password may work beside the new one.
const MaxOverlap = 30 * 24 * time.Hour

// Update changes the terms of a provider and returns it as it is then. Requests under way go on
// under the terms that they began with.
func (r *Register) Update(ctx context.Context, by audit.Actor, id ident.ID, change func(*Terms)) (Provider, error) {
	return r.edit(ctx, by, id, AuditChanged, func(p *Provider, _ time.Time) (any, error) {
		change(&p.Terms)
		return p.Terms, p.check()
	})
}

// Disable shuts a provider out, at once and on all nodes. What it has asked for goes on.
func (r *Register) Disable(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.status(ctx, by, id, AuditDisabled, Disabled)
}

// Enable lets a disabled provider ask again.
func (r *Register) Enable(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.status(ctx, by, id, AuditEnabled, Active)
}

func (r *Register) status(ctx context.Context, by audit.Actor, id ident.ID, kind string, s Status) error {
	_, err := r.edit(ctx, by, id, kind, func(p *Provider, _ time.Time) (any, error) {
		p.Status = s
		return nil, nil
	})
	return err
}

// Rotate gives a provider another password, made here when given is "", which is returned this
// once. The old one works for overlap longer, 0 to MaxOverlap.
func (r *Register) Rotate(ctx context.Context, by audit.Actor, id ident.ID, given string, overlap time.Duration) (string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", fault.Invalidf("provider.overlap", "The old password can work for up to thirty days longer.").WithField("/overlap")
	}
	password, err := r.password(given)
	if err != nil {
		return "", err
	}
	_, err = r.edit(ctx, by, id, AuditPassword, func(p *Provider, now time.Time) (any, error) {
		p.previous, p.PreviousUntil = nil, time.Time{}
		if overlap > 0 {
			p.previous, p.PreviousUntil = p.secret, now.Add(overlap)
		}
		p.secret = r.mac(p.ID, password)
		return map[string]string{"overlap": overlap.String()}, nil
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// edit changes a provider in one transaction. The first statement locks the row, so that edits
// come one after another.
func (r *Register) edit(ctx context.Context, by audit.Actor, id ident.ID, kind string, f func(*Provider, time.Time) (any, error)) (out Provider, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE provider SET changed_at = $2 WHERE id = $1", id, tx.Now); err != nil {
			return err
		}
		p, err := scan(tx.Row("SELECT "+columns+" FROM provider WHERE id = $1", id))
		if err != nil {
			return err
		}
		details, err := f(p, tx.Now)
		if err != nil {
			return err
		}
		values, err := p.values()
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE provider SET code = $2, status = $3, terms = $4, secret = $5, previous = $6, previous_until = $7, created_at = $8, changed_at = $9 WHERE id = $1`, values...)
		out = *p
		record(tx, by, kind, p, details)
		return err
	})
	if err != nil {
		return Provider{}, err
	}
	return out, nil
}
