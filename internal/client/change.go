package client

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// MaxOverlap is how long an old secret may work beside the new one.
const MaxOverlap = 7 * 24 * time.Hour

// Change says what to change; nil leaves a thing as it is.
type Change struct {
	Name   *string
	Brand  *string
	Scopes *Scopes
	Rate   *int
	Burst  *int
	Keys   *[]byte // a JWK set; empty removes all keys
}

// Update changes a client and returns it as it is then. Scopes that are taken
// away end in tokens already issued within a second.
func (r *Register) Update(ctx context.Context, by audit.Actor, id ident.ID, ch Change) (Client, error) {
	return r.edit(ctx, by, id, AuditChanged, func(c *Client) (map[string]any, error) {
		changed, err := ch.apply(c)
		if err == nil {
			err = c.check()
		}
		return map[string]any{"changed": changed, "scopes": c.Scopes}, err
	})
}

// apply changes c and names what was changed.
func (ch Change) apply(c *Client) (changed []string, err error) {
	note := func(name string) { changed = append(changed, name) }
	if ch.Name != nil {
		c.Name = *ch.Name
		note("name")
	}
	if ch.Brand != nil {
		c.Brand = *ch.Brand
		note("brand")
	}
	if ch.Scopes != nil {
		c.Scopes = *ch.Scopes
		note("scopes")
	}
	if ch.Rate != nil {
		c.Rate = *ch.Rate
		note("rate")
	}
	if ch.Burst != nil {
		c.Burst = *ch.Burst
		note("burst")
	}
	if ch.Keys != nil {
		c.Keys, err = ParseKeys(*ch.Keys)
		note("keys")
	}
	return changed, err
}

// Disable shuts a client out; its tokens end within a second.
func (r *Register) Disable(ctx context.Context, by audit.Actor, id ident.ID) error {
	_, err := r.edit(ctx, by, id, AuditDisabled, func(c *Client) (map[string]any, error) {
		c.Status = Disabled
		c.generation++
		return nil, nil
	})
	return err
}

// Enable lets a disabled client call again; it needs new tokens.
func (r *Register) Enable(ctx context.Context, by audit.Actor, id ident.ID) error {
	_, err := r.edit(ctx, by, id, AuditEnabled, func(c *Client) (map[string]any, error) {
		c.Status = Active
		return nil, nil
	})
	return err
}

// RevokeTokens ends all access tokens of a client within a second.
func (r *Register) RevokeTokens(ctx context.Context, by audit.Actor, id ident.ID) error {
	_, err := r.edit(ctx, by, id, AuditTokensRevoked, func(c *Client) (map[string]any, error) {
		c.generation++
		return nil, nil
	})
	return err
}

// RotateSecret gives a client a new secret, which is returned this once. The old
// one works for overlap longer, 0 to MaxOverlap.
func (r *Register) RotateSecret(ctx context.Context, by audit.Actor, id ident.ID, overlap time.Duration) (secret string, err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", fault.Invalidf("client.overlap", "The old secret can work for up to seven days longer.").WithField("/overlap")
	}
	secret, mac := r.newSecret(id)
	_, err = r.edit(ctx, by, id, AuditSecretRotated, func(c *Client) (map[string]any, error) {
		c.previous, c.PreviousUntil = nil, time.Time{}
		if overlap > 0 && c.HasSecret {
			c.previous, c.PreviousUntil = c.secret, c.Changed.Add(overlap)
		}
		c.secret, c.HasSecret = mac, true
		return map[string]any{"overlap": overlap.String()}, nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// RemoveSecret takes all secrets from a client: it can then only use its keys.
func (r *Register) RemoveSecret(ctx context.Context, by audit.Actor, id ident.ID) error {
	_, err := r.edit(ctx, by, id, AuditSecretRemoved, func(c *Client) (map[string]any, error) {
		c.secret, c.previous, c.PreviousUntil, c.HasSecret = nil, nil, time.Time{}, false
		return nil, nil
	})
	return err
}

// edit changes a client in one transaction. The first statement locks the row,
// so that edits come one after another.
func (r *Register) edit(ctx context.Context, by audit.Actor, id ident.ID, kind string, f func(*Client) (map[string]any, error)) (out Client, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE client SET changed_at = $2 WHERE id = $1", id, tx.Now); err != nil {
			return err
		}
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		details, err := f(c)
		if err != nil {
			return err
		}
		values, err := c.values()
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE client SET name = $2, kind = $3, brand = $4, status = $5, scopes = $6, rate = $7, burst = $8,
			generation = $9, secret = $10, previous = $11, previous_until = $12, keys = $13, created_at = $14, changed_at = $15 WHERE id = $1`, values...)
		if err != nil {
			return err
		}
		out = *c
		return r.changed(tx, by, kind, id, details)
	})
	if err != nil {
		return Client{}, err
	}
	return out, r.Refresh(ctx) // this node need not wait
}
