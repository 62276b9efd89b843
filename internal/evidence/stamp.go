package evidence

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// tstInfo is what a time-stamp says (RFC 3161, section 2.4.2), as far as it is looked at.
type tstInfo struct {
	Version int
	Policy  asn1.RawValue // its numbers may have 128 bits
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Serial asn1.RawValue
	Time   asn1.RawValue
}

// at is the moment: a GeneralizedTime in UTC, perhaps with a fraction of a second.
func (i *tstInfo) at() (time.Time, error) {
	if i.Time.Class != asn1.ClassUniversal || i.Time.Tag != asn1.TagGeneralizedTime {
		return time.Time{}, errors.New("it has no time")
	}
	return time.Parse("20060102150405Z", string(i.Time.Bytes))
}

// checkStamp verifies a time-stamp token over SHA-256 of a signature, by an authority below the
// roots, and returns its moment.
func checkStamp(token, signature []byte, roots *x509.CertPool, chain []*x509.Certificate) (time.Time, error) {
	at, err := stampOf(token, sha256.Sum256(signature), roots, chain)
	if err != nil {
		return at, fault.Invalidf("evidence.stamp", "The time-stamp does not verify: %s.", err.Error()).WithCause(err)
	}
	return at, nil
}

func stampOf(token []byte, digest [32]byte, roots *x509.CertPool, chain []*x509.Certificate) (at time.Time, err error) {
	c, err := readCMS(token)
	if err != nil {
		return at, err
	}
	var info tstInfo
	if !c.contentType.Equal(oidTSTInfo) {
		return at, errors.New("it is no time-stamp token")
	}
	if err := whole(c.content, &info); err != nil {
		return at, err
	}
	sha := signerInfo{Digest: info.Imprint.Algorithm}
	if h, err := sha.hash(); err != nil || h != crypto.SHA256 || !bytes.Equal(info.Imprint.Digest, digest[:]) {
		return at, errors.New("it is over something else")
	}
	if at, err = info.at(); err != nil {
		return at, err
	}
	return at, c.byAuthority(at, roots, chain)
}

// byAuthority verifies who has signed a token: a certificate for time-stamps alone, which was good at
// that moment, and which the token itself names (RFC 5816).
func (c *cms) byAuthority(at time.Time, roots *x509.CertPool, chain []*x509.Certificate) error {
	between := x509.NewCertPool()
	var signer *x509.Certificate
	for _, x := range append(append([]*x509.Certificate{}, c.certificates...), chain...) {
		if c.signer.names(x) {
			signer = x
		}
		between.AddCert(x)
	}
	if signer == nil {
		return errors.New("the certificate of its authority is not there")
	}
	if len(signer.ExtKeyUsage) != 1 || signer.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(signer.UnknownExtKeyUsage) > 0 {
		return errors.New("who has signed it is no authority for time-stamps") // RFC 3161, section 2.3
	}
	attributes, err := c.verify(signer, func(h crypto.Hash) []byte { return sum(h, c.content) })
	if err != nil {
		return err
	}
	if !identifies(attributes[oidSigningCert2.String()], signer) {
		return errors.New("it does not name the certificate of its authority")
	}
	_, err = signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	return err
}

// identifies reports whether a SigningCertificateV2 (RFC 5035, section 3) names a certificate first, by
// its SHA-256.
func identifies(attribute []byte, c *x509.Certificate) bool {
	var signing struct{ Certificates []asn1.RawValue }
	if whole(attribute, &signing) != nil || len(signing.Certificates) == 0 {
		return false
	}
	want := sha256.Sum256(c.Raw)
	for rest := signing.Certificates[0].Bytes; len(rest) > 0; {
		var part asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &part); err != nil {
			return false
		}
		if part.Class == asn1.ClassUniversal && part.Tag == asn1.TagOctetString {
			return bytes.Equal(part.Bytes, want[:])
		}
	}
	return false
}

func sum(h crypto.Hash, content []byte) []byte {
	x := h.New()
	_, _ = x.Write(content)
	return x.Sum(nil)
}
