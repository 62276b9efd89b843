package evidence

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/fault"
)

// skew is how far clocks of a certificate authority and of ours may be apart.
const skew = 5 * time.Minute

// checkStatus verifies that a certificate was good at a moment, by what its issuer has said of it
// then: an OCSP response or a CRL.
func checkStatus(files map[string][]byte, leaf, issuer *x509.Certificate, at time.Time) (err error) {
	switch {
	case files[FileOCSP] != nil:
		err = byOCSP(files[FileOCSP], leaf, issuer, at)
	case files[FileCRL] != nil:
		err = byCRL(files[FileCRL], leaf, issuer, at)
	default:
		err = errors.New("there is none")
	}
	if err != nil {
		return fault.Invalidf("evidence.status", "The status of the certificate at that time is not proven: %s.", err.Error()).WithCause(err)
	}
	return nil
}

// byOCSP is RFC 6960, section 3.2: signed by the issuer, or by whom it delegated that to.
func byOCSP(der []byte, leaf, issuer *x509.Certificate, at time.Time) error {
	r, err := ocsp.ParseResponseForCert(der, leaf, issuer)
	if err != nil {
		return err
	}
	if c := r.Certificate; c != nil && !c.Equal(issuer) {
		if !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return errors.New("who signed the response may not do so")
		}
	}
	if r.Status != ocsp.Good {
		return errors.New("it was not good")
	}
	return then(r.ThisUpdate, r.NextUpdate, at)
}

// byCRL is RFC 5280, section 5.
func byCRL(der []byte, leaf, issuer *x509.Certificate, at time.Time) error {
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		return err
	}
	if err := l.CheckSignatureFrom(issuer); err != nil {
		return err
	}
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(leaf.SerialNumber) == 0 {
			return errors.New("it was revoked")
		}
	}
	return then(l.ThisUpdate, l.NextUpdate, at)
}

// then reports whether what was said at one moment, until another, is about a third.
func then(from, until, at time.Time) error {
	if from.After(at.Add(skew)) || !until.IsZero() && until.Before(at.Add(-skew)) {
		return errors.New("it is of another time")
	}
	return nil
}

// statusFile is the name of what says the status.
func statusFile(der []byte) string {
	if _, err := x509.ParseRevocationList(der); err == nil {
		return FileCRL
	}
	return FileOCSP
}
