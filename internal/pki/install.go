package pki

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kinds of audit records about authorities.
const (
	AuditKeyMade   = "pki.key_made"  // of an authority
	AuditInstalled = "pki.installed" // its certificate
	AuditRetired   = "pki.retired"
)

// Request makes the key of an issuing authority in the vault, and a certification request (PKCS
// #10) to be signed by a root elsewhere. The request that was waiting before is dropped with its key.
func (d *Desk) Request(ctx context.Context, by audit.Actor, a Algorithm, name Subject) ([]byte, error) {
	if name.CommonName == "" || !fits(name.CommonName) || !fits(name.Organization) || !country(name.Country) {
		return nil, fault.Invalidf("pki.name", "An authority needs a name of at most %d characters; its country has two capital letters.", maxName)
	}
	id := ident.New(d.Now(), d.Rand)
	handle, _, err := d.Vault.Make(ctx, id, a)
	if err != nil {
		return nil, err
	}
	key, err := d.Vault.Signer(ctx, id, handle)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: name.name()}, key)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM pki_authority WHERE state = 'pending'"); err != nil {
			return err
		}
		n, err := d.insert(tx, Authority{id: id, Kind: IssuingKind, State: Pending, Name: name.CommonName, handle: handle, Request: der})
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditKeyMade, By: by, Object: object(n), Details: map[string]string{"request_sha256": Fingerprint(der)}})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return der, nil
}

// insert adds a row under the next number.
func (d *Desk) insert(tx *db.Tx, a Authority) (number int64, err error) {
	if err := tx.Row("SELECT COALESCE(max(number), 0) + 1 FROM pki_authority").Scan(&number); err != nil {
		return 0, err
	}
	var der []byte
	if a.Certificate != nil {
		der, a.Expires, a.Installed = a.Certificate.Raw, a.Certificate.NotAfter, tx.Now
	}
	_, err = tx.Exec(`INSERT INTO pki_authority (id, number, kind, state, issuer, name, private, request, certificate, list_number, created_at, installed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12)`,
		a.id, number, string(a.Kind), string(a.State), a.Issuer, a.Name, a.handle, a.Request, der, tx.Now, a.Installed, a.Expires)
	if err == nil {
		tx.After(func() { d.seen.Store(nil) })
	}
	return number, err
}

// Install puts the certificate of the waiting request to work, with the root that signed it and
// that root's revocation list (nil: none; then the status of the issuing authority itself is not
// checked by anyone). The issuing authority before goes on to answer for what it has issued.
// Faults: "pki.no_request" (Conflict), "pki.certificate" and "pki.list" (Invalid).
func (d *Desk) Install(ctx context.Context, by audit.Actor, certificate, root *x509.Certificate, list []byte) error {
	if err := d.fitTogether(certificate, root, list); err != nil {
		return err
	}
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := authorities(tx)
		if err != nil {
			return err
		}
		v := view{all: all}
		pending, ok := v.one(IssuingKind, Pending, -1)
		if !ok || !requested(pending.Request, certificate.PublicKey) {
			return fault.Conflictf("pki.no_request", "No request waits for this certificate: its key is not here. Make one: countersign pki issuing request")
		}
		number, err := d.root(tx, by, &v, root)
		if err != nil {
			return err
		}
		if list != nil {
			if err := storeRootList(tx, number, list); err != nil {
				return err
			}
		}
		return d.activate(tx, by, pending.Number, number, certificate)
	})
	if err != nil {
		return err
	}
	d.seen.Store(nil)
	return d.Upkeep(ctx)
}

// fitTogether judges what is to be installed.
func (d *Desk) fitTogether(certificate, root *x509.Certificate, list []byte) error {
	bad := func(why string) error {
		return fault.Invalidf("pki.certificate", "The certificate cannot be installed: %s.", why)
	}
	const signs = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	switch now := d.Now(); {
	case !root.IsCA || root.CheckSignatureFrom(root) != nil:
		return bad("the root is not an authority that certifies itself")
	case certificate.CheckSignatureFrom(root) != nil:
		return bad("the root has not signed it")
	case !certificate.IsCA || certificate.KeyUsage&signs != signs:
		return bad("it may not sign certificates and revocation lists")
	case now.Before(certificate.NotBefore) || now.After(certificate.NotAfter):
		return bad("it is not valid now")
	}
	if list == nil {
		return nil
	}
	l, err := x509.ParseRevocationList(list)
	if err != nil || l.CheckSignatureFrom(root) != nil || l.NextUpdate.Before(d.Now()) {
		return fault.Invalidf("pki.list", "The revocation list is not one of this root that is still valid.")
	}
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
			return bad("the root has revoked it")
		}
	}
	return nil
}

func requested(request []byte, public crypto.PublicKey) bool {
	csr, err := x509.ParseCertificateRequest(request)
	return err == nil && SameKey(csr.PublicKey, public)
}

// root finds or adds a root.
func (d *Desk) root(tx *db.Tx, by audit.Actor, v *view, c *x509.Certificate) (int64, error) {
	for _, a := range v.all {
		if a.Kind == RootKind && bytes.Equal(a.Certificate.Raw, c.Raw) {
			return a.Number, nil
		}
	}
	n, err := d.insert(tx, Authority{id: ident.New(tx.Now, d.Rand), Kind: RootKind, State: Active, Name: c.Subject.CommonName, Certificate: c})
	if err == nil {
		audit.Record(tx, audit.Event{Kind: AuditInstalled, By: by, Object: object(n), Details: map[string]string{"sha256": Fingerprint(c.Raw)}})
	}
	return n, err
}

// activate puts an issuing authority to work in place of the one before.
func (d *Desk) activate(tx *db.Tx, by audit.Actor, number, root int64, c *x509.Certificate) error {
	var before int64
	err := tx.Each("UPDATE pki_authority SET state = 'retired', retired_at = $1 WHERE kind = 'issuing' AND state = 'active' RETURNING number", []any{tx.Now}, func(r db.Row) error { return r.Scan(&before) })
	if err != nil {
		return err
	}
	n, err := tx.Exec("UPDATE pki_authority SET state = 'active', issuer = $2, certificate = $3, request = NULL, installed_at = $4, expires_at = $5, changed_at = $4 WHERE number = $1 AND state = 'pending'",
		number, root, c.Raw, tx.Now, c.NotAfter)
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.Conflictf("pki.no_request", "The request was replaced meanwhile.")
	}
	if before != 0 {
		audit.Record(tx, audit.Event{Kind: AuditRetired, By: by, Object: object(before)})
	}
	audit.Record(tx, audit.Event{Kind: AuditInstalled, By: by, Object: object(number), Details: map[string]string{"sha256": Fingerprint(c.Raw)}})
	return nil
}

// Init makes a root and an issuing authority at once, and returns the root: its key is
// the caller's to keep, or to forget. The root's revocation list is valid for as long as the root, because
// nobody is there to make another one. When there is an authority already it is the fault
// "pki.exists" (Conflict).
func (d *Desk) Init(ctx context.Context, by audit.Actor, a Algorithm, root, issuing Subject) (Root, error) {
	r, err := NewRoot(a, root, d.Now())
	if err != nil {
		return Root{}, err
	}
	return r, d.InitUnder(ctx, by, a, r, issuing)
}

// InitUnder makes the issuing authority under a root whose key is at hand; see Init.
func (d *Desk) InitUnder(ctx context.Context, by audit.Actor, a Algorithm, r Root, issuing Subject) error {
	v, err := d.read(ctx)
	if err != nil {
		return err
	}
	if _, ok := v.issuing(); ok {
		return fault.Conflictf("pki.exists", "There is an issuing authority already. To replace it: countersign pki issuing request")
	}
	request, err := d.Request(ctx, by, a, issuing)
	if err != nil {
		return err
	}
	now := d.Now()
	certificate, err := r.SignIssuing(request, now, d.rootListURL())
	if err != nil {
		return err
	}
	list, err := r.List(nil, now.Add(-backdate), RootLife)
	if err != nil {
		return err
	}
	return d.Install(ctx, by, certificate, r.Certificate, list)
}

// InstallRootList publishes a list of one of our roots. A list that another one has replaced is the fault "pki.list" (Invalid), and
// so is one of another root.
func (d *Desk) InstallRootList(ctx context.Context, by audit.Actor, list []byte) error {
	l, err := x509.ParseRevocationList(list)
	bad := fault.Invalidf("pki.list", "The revocation list is not one of a root of ours that is still valid and newer than the last.")
	if err != nil || l.NextUpdate.Before(d.Now()) {
		return bad
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := authorities(tx)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.Kind != RootKind || l.CheckSignatureFrom(a.Certificate) != nil {
				continue
			}
			var last int64
			if err := tx.Row("SELECT COALESCE(max(number), 0) FROM pki_list WHERE issuer = $1", a.Number).Scan(&last); err != nil {
				return err
			}
			if l.Number == nil || !l.Number.IsInt64() || l.Number.Int64() <= last {
				return bad
			}
			audit.Record(tx, audit.Event{Kind: AuditListed, By: by, Object: object(a.Number), Details: map[string]int64{"number": l.Number.Int64(), "entries": int64(len(l.RevokedCertificateEntries))}})
			return storeRootList(tx, a.Number, list)
		}
		return bad
	})
}

// storeRootList keeps a list of a root; older ones than there are, are dropped.
func storeRootList(tx *db.Tx, root int64, der []byte) error {
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		return fmt.Errorf("pki: %w", err)
	}
	if l.Number == nil || !l.Number.IsInt64() {
		return fault.Invalidf("pki.list", "The revocation list has no number.")
	}
	_, err = tx.Exec("INSERT INTO pki_list (issuer, number, list, entries, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		root, l.Number.Int64(), der, len(l.RevokedCertificateEntries), l.ThisUpdate, l.NextUpdate)
	return err
}

// extended is an extension with the purposes of a certificate, critical where the standard
// demands it (RFC 3161, section 2.3).
func extended(purpose asn1.ObjectIdentifier) (pkix.Extension, error) {
	der, err := asn1.Marshal([]asn1.ObjectIdentifier{purpose})
	return pkix.Extension{Id: oids().extKeyUsage, Critical: true, Value: der}, err
}

// delegate makes the key and the certificate of a responder or a time-stamping authority under an
// issuing one, in place of the one before. Another node may be faster: then nothing changes.
func (d *Desk) delegate(ctx context.Context, v *view, issuer Authority, kind Kind, life time.Duration) error {
	id := ident.New(d.Now(), d.Rand)
	handle, public, err := d.Vault.Make(ctx, id, P256)
	if err != nil {
		return err
	}
	key, err := v.signer(issuer)
	if err != nil {
		return err
	}
	t, err := d.template(kind, issuer, life)
	if err != nil {
		return err
	}
	c, err := certify(d.Rand, t, issuer.Certificate, public, key)
	if err != nil {
		return err
	}
	before, _ := v.one(kind, Active, issuer.Number)
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if before.Number != 0 {
			n, err := tx.Exec("UPDATE pki_authority SET state = 'retired', retired_at = $2 WHERE number = $1 AND state = 'active'", before.Number, tx.Now)
			if err != nil || n == 0 {
				return err
			}
		} else {
			var n int64
			if err := tx.Row("SELECT count(*) FROM pki_authority WHERE kind = $1 AND issuer = $2 AND state = 'active'", string(kind), issuer.Number).Scan(&n); err != nil || n > 0 {
				return err
			}
		}
		n, err := d.insert(tx, Authority{id: id, Kind: kind, State: Active, Issuer: issuer.Number, Name: c.Subject.CommonName, handle: handle, Certificate: c})
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditKeyMade, By: audit.System("pki"), Object: object(n), Details: map[string]string{"kind": string(kind), "sha256": Fingerprint(c.Raw)}})
		}
		return err
	})
}
