package pki

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kind says what an authority is for.
type Kind string

// Kinds.
const (
	RootKind      Kind = "root"
	IssuingKind   Kind = "issuing"
	ResponderKind Kind = "ocsp"
	StampingKind  Kind = "tsa"
)

// State of an authority.
type State string

// States: see the package comment.
const (
	Pending State = "pending"
	Active  State = "active"
	Retired State = "retired"
)

// Authority is what may be known of an authority.
type Authority struct {
	Number      int64
	Kind        Kind
	State       State
	Issuer      int64 // who certified it; 0: itself, or not yet known
	Name        string
	Request     []byte            // PKCS #10, while it is pending
	Certificate *x509.Certificate // nil while it is pending
	Created     time.Time
	Installed   time.Time
	Retired     time.Time
	Expires     time.Time

	id         ident.ID
	handle     []byte
	listNumber int64
	changed    time.Time
}

// HasKey reports whether the private key is here.
func (a Authority) HasKey() bool { return a.handle != nil }

// view is the table of authorities as it was read.
type view struct {
	all  []Authority // by number
	keys map[int64]crypto.Signer
	read time.Time
}

// reload is how long a node works with the authorities that it has read.
const reload = 30 * time.Second

func (v *view) fresh(now time.Time) bool {
	return v != nil && !now.Before(v.read) && now.Sub(v.read) < reload
}

// issuing returns the authority that issues; false when there is none.
func (v *view) issuing() (Authority, bool) { return v.one(IssuingKind, Active, -1) }

// one returns the newest authority of a kind and a state, certified by issuer (-1: by anyone).
func (v *view) one(k Kind, s State, issuer int64) (found Authority, ok bool) {
	for _, a := range v.all {
		if a.Kind == k && a.State == s && (issuer < 0 || a.Issuer == issuer) {
			found, ok = a, true
		}
	}
	return found, ok
}

// numbered returns an authority by its number.
func (v *view) numbered(n int64) (Authority, bool) {
	for _, a := range v.all {
		if a.Number == n {
			return a, true
		}
	}
	return Authority{}, false
}

// chain returns the issuers of what an authority has certified, itself first, and the root.
func (v *view) chain(a Authority) (chain []*x509.Certificate, root *x509.Certificate) {
	for range len(v.all) {
		if a.Kind == RootKind {
			return chain, a.Certificate
		}
		chain = append(chain, a.Certificate)
		next, ok := v.numbered(a.Issuer)
		if !ok {
			break
		}
		a = next
	}
	return chain, nil
}

// signer returns the key of an authority.
func (v *view) signer(a Authority) (crypto.Signer, error) {
	if k := v.keys[a.Number]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w: %s %d", errNoKey, a.Kind, a.Number)
}

// view returns the authorities as they were at most half a minute ago.
func (d *Desk) view(ctx context.Context) (*view, error) {
	if v := d.seen.Load(); v.fresh(d.Now()) {
		return v, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.seen.Load(); v.fresh(d.Now()) {
		return v, nil
	}
	v, err := d.read(ctx)
	if err == nil {
		d.seen.Store(v)
	}
	return v, err
}

// read loads the authorities and opens their keys. A key that does not belong to its certificate
// is not used: what is published must be ours.
func (d *Desk) read(ctx context.Context) (*view, error) {
	v := &view{read: d.Now(), keys: map[int64]crypto.Signer{}}
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		v.all, err = authorities(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, a := range v.all {
		if a.handle == nil || a.State == Pending || !a.Expires.IsZero() && d.Now().After(a.Expires) {
			continue
		}
		key, err := d.Vault.Signer(ctx, a.id, a.handle)
		if err != nil {
			return nil, err
		}
		if !SameKey(key.Public(), a.Certificate.PublicKey) {
			return nil, fault.New(fault.Internal, "pki.key_broken", "The key of authority %d is not that of its certificate. Restore its row from a backup.", a.Number)
		}
		v.keys[a.Number] = key
	}
	return v, nil
}

// SameKey reports whether two public keys are the same.
func SameKey(a, b crypto.PublicKey) bool {
	x, err1 := x509.MarshalPKIXPublicKey(a)
	y, err2 := x509.MarshalPKIXPublicKey(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

func authorities(tx *db.Tx) (all []Authority, err error) {
	const text = `SELECT id, number, kind, state, issuer, name, private, request, certificate, list_number, changed_at, created_at, installed_at, retired_at, expires_at
FROM pki_authority ORDER BY number`
	err = tx.Each(text, nil, func(r db.Row) error {
		var a Authority
		var kind, state string
		var der []byte
		err := r.Scan(&a.id, &a.Number, &kind, &state, &a.Issuer, &a.Name, &a.handle, &a.Request, &der, &a.listNumber, &a.changed, &a.Created, &a.Installed, &a.Retired, &a.Expires)
		if err == nil && der != nil {
			a.Certificate, err = x509.ParseCertificate(der)
		}
		a.Kind, a.State = Kind(kind), State(state)
		all = append(all, a)
		return err
	})
	return all, err
}

// Authorities lists all authorities, by number, as they were at most half a minute ago.
func (d *Desk) Authorities(ctx context.Context) (all []Authority, err error) {
	v, err := d.view(ctx)
	if err != nil {
		return nil, err
	}
	return v.all, nil
}

// Ready reports whether certificates can be issued: by our own authority, or elsewhere.
func (d *Desk) Ready(ctx context.Context) (bool, error) {
	if d.Elsewhere != nil {
		return true, nil
	}
	v, err := d.view(ctx)
	if err != nil {
		return false, err
	}
	_, ok := v.issuing()
	return ok, nil
}

// object names an authority in the audit log.
func object(number int64) string { return "pki_authority:" + strconv.FormatInt(number, 10) }

// noAuthority says that there is none that could issue.
func noAuthority() *fault.Error {
	return fault.Unavailablef(nil, "pki.no_authority", "There is no certification authority yet. Make one: countersign pki init, or countersign pki issuing request")
}
