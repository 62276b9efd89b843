package pki

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/db"
)

// skew is how much another authority's clock may be ahead of ours.
const skew = 5 * time.Minute

// Errors about a status that could not be learned.
var (
	// ErrStale says that what is known of a status was to be used up to a time that is over.
	ErrStale = errors.New("pki: what is known of the status is too old")
	// ErrNoStatus says that there is nothing that could be relied on.
	ErrNoStatus = errors.New("pki: the status could not be learned")
)

// ReadAnswer reads what an OCSP response (DER) says of a certificate, and checks who has signed it: its issuer, or one
// whom the issuer lets (RFC 6960, section 4.2.2.2), at the moment at. Its errors wrap ErrStale or ErrNoStatus.
func ReadAnswer(der []byte, leaf, issuer *x509.Certificate, at time.Time) (s Standing, err error) {
	r, err := ocsp.ParseResponseForCert(der, leaf, nil)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrNoStatus, err)
	}
	if err := mayAnswer(r, issuer, at); err != nil {
		return s, fmt.Errorf("%w: %w", ErrNoStatus, err)
	}
	switch {
	case r.ThisUpdate.After(at.Add(skew)):
		return s, fmt.Errorf("%w: the answer is of the future", ErrNoStatus)
	case r.NextUpdate.IsZero() || r.NextUpdate.Before(at):
		return s, fmt.Errorf("%w: the answer was good up to %s", ErrStale, r.NextUpdate.Format(time.RFC3339))
	}
	s = Standing{OCSP: der, Status: Unknown}
	switch r.Status {
	case ocsp.Good:
		s.Status = Good
	case ocsp.Revoked:
		s.Status, s.Reason = Revoked, Reason(r.RevocationReason)
		if s.Reason == CertificateHold {
			s.Status = OnHold
		}
	}
	return s, nil
}

// mayAnswer checks who has signed an answer. The parser does so for a delegate, and for an issuer that is not enclosed, but
// refuses one that is enclosed and has not signed itself; so it is told no issuer, and this is done here.
func mayAnswer(r *ocsp.Response, issuer *x509.Certificate, at time.Time) error {
	c := r.Certificate
	switch {
	case issuer == nil:
		return errors.New("the issuer is not known")
	case c == nil:
		return r.CheckSignatureFrom(issuer)
	case c.Equal(issuer):
		return nil // the parser has verified the signature with it
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || at.Before(c.NotBefore) || at.After(c.NotAfter):
		return errors.New("the responder may not answer for the issuer")
	}
	return c.CheckSignatureFrom(issuer)
}

// ReadList reads what a revocation list (DER) says of a certificate, and checks that the issuer has signed
// it and that it can be used at the moment at. Its errors wrap ErrStale or ErrNoStatus.
func ReadList(der []byte, leaf, issuer *x509.Certificate, at time.Time) (s Standing, err error) {
	l, err := x509.ParseRevocationList(der)
	if err == nil {
		err = l.CheckSignatureFrom(issuer)
	}
	switch {
	case err != nil:
		return s, fmt.Errorf("%w: %w", ErrNoStatus, err)
	case l.ThisUpdate.After(at.Add(skew)):
		return s, fmt.Errorf("%w: the list is of the future", ErrNoStatus)
	case l.NextUpdate.IsZero() || l.NextUpdate.Before(at):
		return s, fmt.Errorf("%w: the list was good up to %s", ErrStale, l.NextUpdate.Format(time.RFC3339))
	}
	for _, e := range l.Extensions { // an indirect list or one of some reasons only says less than it seems (RFC 5280, section 5.2)
		if e.Critical {
			return s, fmt.Errorf("%w: the list has the critical extension %s", ErrNoStatus, e.Id)
		}
	}
	s = Standing{List: der, Status: Good}
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(leaf.SerialNumber) == 0 {
			s.Status, s.Reason = Revoked, Reason(e.ReasonCode)
			if s.Reason == CertificateHold {
				s.Status = OnHold
			}
		}
	}
	return s, nil
}

// otherStanding asks another authority: its responder, and its list when that does not answer. What is known here comes
// first: a certificate that was revoked here stays revoked, whatever that authority says.
func (d *Desk) otherStanding(ctx context.Context, c, issuer *x509.Certificate) (Standing, error) {
	var x record
	var found bool
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		x, found, err = one(tx, "serial = $1 AND issuer = 0", SerialText(c.SerialNumber))
		return err
	})
	switch {
	case err != nil:
		return Standing{}, err
	case !found || d.Elsewhere == nil:
		return Standing{Status: Unknown}, nil
	case x.Status != Good:
		return Standing{Status: x.Status, Reason: x.Reason}, nil
	}
	if issuer == nil && len(x.chain) > 0 {
		issuer = x.chain[0]
	}
	der, first := d.Elsewhere.Answer(ctx, c, issuer)
	if first == nil {
		var s Standing
		if s, first = ReadAnswer(der, c, issuer, d.Now()); first == nil {
			return s, nil
		}
	}
	if der, err = d.Elsewhere.List(ctx, c); err != nil {
		return Standing{}, errors.Join(fmt.Errorf("%w: %w", ErrNoStatus, first), err)
	}
	s, err := ReadList(der, c, issuer, d.Now())
	return s, err
}
