package idserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// expected is what a signature is judged against: nothing of it is the signature server's to say.
type expected struct {
	customer ident.ID
	role     applet.Role
	content  [32]byte // SHA-256 of what was asked for
	expires  time.Time
}

// verdict is our own judgement of a signature.
type verdict struct {
	good   bool
	later  bool // the certificate's status was not to be had: look again
	reason Reason
	cert   mobileid.Certificate
	person string
}

// judge validates a signature that the signature server says is valid (F-3.7).
func (d *Desk) judge(ctx context.Context, want expected, t *mobileid.Transaction, now time.Time) (v verdict, err error) {
	if t.Customer != want.customer || t.Role != want.role || t.Digest != want.content || !t.Document && sha256.Sum256(t.Content) != want.content || t.Answered.After(want.expires) {
		return verdict{reason: Unproven}, nil
	}
	v.cert, err = d.Signers.CertificateOf(ctx, t.Customer, t.Mobile, want.role)
	switch {
	case fault.Is(err, "mobileid.no_key"), err == nil && !bytes.Equal(v.cert.DER, t.Certificate):
		return verdict{reason: Revoked}, nil // the person has registered anew since, or was revoked
	case err != nil:
		return v, err
	}
	if v.person, err = personIn(v.cert.DER); err != nil {
		return v, err
	}
	parts := mobileid.Parts{Content: t.Content, Digest: want.content, Attributes: applet.Attributes(want.content, t.Nonce), Nonce: t.Nonce[:], Signature: t.Signature, Certificate: v.cert.DER, Chain: v.cert.Chain, Role: want.role}
	x, err := d.Judge.Validate(ctx, parts, t.CMS, now)
	switch {
	case err != nil:
		return v, err
	case x.Good:
		v.good = true
	case x.Reason == mobileid.NoRevocation || x.Reason == mobileid.StaleRevocation:
		v.later = true
	case x.Reason == mobileid.RevokedCert || x.Reason == mobileid.HeldCert:
		v.reason = Revoked
	default:
		v.reason = Unproven
	}
	return v, nil
}

// personIn is the serial number of the person in a certificate.
func personIn(der []byte) (string, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return "", fmt.Errorf("idserver: the registered certificate: %w", err)
	}
	return c.Subject.SerialNumber, nil
}
