package mobileid

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

// CA is the authority of package pki: all of this package that knows it.
type CA struct{ PKI *pki.Desk }

var _ Authority = CA{}

// Issue implements Authority.
func (a CA) Issue(ctx context.Context, c Certification) (Issued, error) {
	x, err := a.PKI.Issue(ctx, pki.Order{
		Key: c.Key, Customer: c.Customer, CSR: c.Request, Profile: profileOf(c.Role),
		Subject: pki.Subject{CommonName: cutName(c.Name), SerialNumber: c.Person, Country: c.Country, Organization: c.Organization},
	})
	if err != nil {
		return Issued{}, err
	}
	return Issued{Certificate: x.Certificate.Raw, Chain: x.DER(), Serial: x.Serial, Expires: x.Certificate.NotAfter}, nil
}

// cutName keeps a common name within the 64 characters of RFC 5280, appendix A.1.
func cutName(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64])
	}
	return s
}

// profileOf is the profile of certificates for a role.
func profileOf(r applet.Role) pki.Profile {
	if r == applet.Signing {
		return pki.Signing
	}
	return pki.Authentication
}

// Revoke implements Authority.
func (a CA) Revoke(tx *db.Tx, by audit.Actor, serial string, why RevocationReason) error {
	return a.PKI.Revoke(tx, by, serial, pki.Reason(why))
}

// Hold implements Authority.
func (a CA) Hold(tx *db.Tx, by audit.Actor, serial string) error {
	return a.PKI.Suspend(tx, by, serial)
}

// Release implements Authority.
func (a CA) Release(tx *db.Tx, by audit.Actor, serial string) error {
	return a.PKI.Resume(tx, by, serial)
}

// Assemble implements Authority.
func (a CA) Assemble(p Parts) ([]byte, error) {
	leaf, err := x509.ParseCertificate(p.Certificate)
	if err != nil {
		return nil, err
	}
	chain, err := x509.ParseCertificates(p.Chain)
	if err != nil {
		return nil, err
	}
	return pki.Assemble(p.Content, p.Attributes, p.Signature, leaf, chain)
}

// Validate implements Authority. The findings of package pki are the reasons of this one.
func (a CA) Validate(ctx context.Context, p Parts, cms []byte, at time.Time) (Verdict, error) {
	leaf, err := x509.ParseCertificate(p.Certificate)
	if err != nil {
		return Verdict{Reason: NoCertificate}, nil //nolint:nilerr // that is the finding
	}
	r, err := a.PKI.Validate(ctx, pki.Claim{CMS: cms, Content: p.Content, Digest: p.Digest, Nonce: p.Nonce, Leaf: leaf, Profile: profileOf(p.Role), At: at})
	if err != nil {
		return Verdict{}, err
	}
	return Verdict{Good: r.Good(), Reason: Reason(r.Finding), OCSP: r.Standing.OCSP}, nil
}

// Stamp implements Authority.
func (a CA) Stamp(ctx context.Context, digest [32]byte) ([]byte, error) {
	return a.PKI.Stamp(ctx, digest)
}
