package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// reload is how long a node works with the keys that it has read.
const reload = 30 * time.Second

// view is an immutable view of the key table.
type view struct {
	keys []key // by number
	read time.Time
	text []byte // the published set
}

// active returns the key to sign with: the newest one whose time has come. The
// first one counts even if the clock of its maker was ahead of ours.
func (v *view) active(now time.Time) (k key) {
	for i, x := range v.keys {
		if i == 0 || !x.From.After(now) {
			k = x
		}
	}
	return k
}

// state is a key's state at the moment now.
func (v *view) state(k key, now time.Time) State {
	active := v.active(now)
	switch {
	case k.Number == active.Number:
		return Active
	case k.Number > active.Number && k.From.After(now):
		return Pending
	case !k.Expires.IsZero() && k.Expires.Equal(k.Retired):
		return Withdrawn
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return Expired
	}
	return Retired
}

// keys returns the keys as they were at most half a minute ago. The first need
// makes the first key.
func (i *Issuer) keys(ctx context.Context) (*view, error) {
	if v := i.seen.Load(); v.fresh(i.Now()) {
		return v, nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if v := i.seen.Load(); v.fresh(i.Now()) {
		return v, nil
	}
	v, err := i.read(ctx)
	if err == nil && len(v.keys) == 0 {
		if err = i.first(ctx); err == nil {
			v, err = i.read(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	if len(v.keys) == 0 {
		return nil, errors.New("evidence: the signing key that was just made is not there")
	}
	i.seen.Store(v)
	return v, nil
}

// fresh reports whether the view can be worked with; a clock that went back
// makes it old.
func (v *view) fresh(now time.Time) bool {
	age := time.Duration(0)
	if v != nil {
		age = now.Sub(v.read)
	}
	return v != nil && age >= 0 && age < reload
}

// read loads all keys.
func (i *Issuer) read(ctx context.Context) (*view, error) {
	v := &view{read: i.Now()}
	var all []row
	err := i.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = rows(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		k, err := i.open(r)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, k)
	}
	return v, v.publish()
}

// first makes the first key, unless another node has done so meanwhile.
func (i *Issuer) first(ctx context.Context) error {
	return i.DB.Write(ctx, func(tx *db.Tx) error {
		kid, ok, err := i.insert(tx, 1, tx.Now)
		if err == nil && ok {
			audit.Record(tx, audit.Event{Kind: AuditKeyMade, By: audit.System("evidence"), Object: "evidence_key:" + kid, Details: keyDetail{Number: 1, From: tx.Now}})
		}
		return err
	})
}

// keyDetail is what the audit log keeps of a new key.
type keyDetail struct {
	Number int64     `json:"number"`
	From   time.Time `json:"active_from"`
	Before int64     `json:"replaces,omitempty"`
}

// KeySet returns the published keys as a JWK set (RFC 7517, section 5): pending,
// active and retired ones. It may be up to half a minute old.
func (i *Issuer) KeySet(ctx context.Context) ([]byte, error) {
	v, err := i.keys(ctx)
	if err != nil {
		return nil, err
	}
	return v.text, nil
}

// publish writes the published set.
func (v *view) publish() error {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range v.keys {
		if s := v.state(k, v.read); s != Expired && s != Withdrawn {
			set.Keys = append(set.Keys, k.jwk())
		}
	}
	text, err := json.Marshal(set)
	if err != nil {
		return fmt.Errorf("evidence: key set: %w", err)
	}
	v.text = text
	return nil
}

// Keys lists all keys, oldest first, also those that are no longer published. It
// reads the table.
func (i *Issuer) Keys(ctx context.Context) (all []Key, err error) {
	v, err := i.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range v.keys {
		k.State = v.state(k, i.Now())
		all = append(all, k.Key)
	}
	return all, nil
}

// Archive returns every public key that there ever was but those withdrawn, for Verify:
// evidence may be older than what is published.
func (i *Issuer) Archive(ctx context.Context) (set jose.JSONWebKeySet, err error) {
	v, err := i.read(ctx)
	if err != nil {
		return set, err
	}
	for _, k := range v.keys {
		if v.state(k, v.read) != Withdrawn {
			set.Keys = append(set.Keys, k.jwk())
		}
	}
	return set, nil
}
