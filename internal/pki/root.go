package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Life spans of authorities.
const (
	RootLife    = 20 * 365 * 24 * time.Hour
	IssuingLife = 10 * 365 * 24 * time.Hour
)

// backdate is how much earlier than now certificates begin: verifiers' clocks differ.
const backdate = time.Minute

// Root is the root of a chain with its key. It needs no database: it is made and used on a
// machine without network, and its key is kept in a file ([EncryptKey]).
type Root struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// NewRoot makes a root that certifies itself, valid for RootLife from now.
func NewRoot(a Algorithm, name Subject, now time.Time) (Root, error) {
	key, err := MakeKey(a)
	if err != nil {
		return Root{}, err
	}
	t := x509.Certificate{
		Subject: name.name(), NotBefore: now.Add(-backdate), NotAfter: now.Add(RootLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLen: 1, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	c, err := certify(rand.Reader, &t, &t, key.Public(), key)
	return Root{c, key}, err
}

// SignIssuing certifies the request of an issuing authority, valid for IssuingLife but not
// longer than the root. Whoever signs compares the fingerprint of the request with the one that
// was shown where it was made.
func (r Root) SignIssuing(request []byte, at time.Time, list string) (*x509.Certificate, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil || csr.CheckSignature() != nil {
		return nil, fault.Invalidf("pki.request", "This is no certification request whose signature is right.")
	}
	t := x509.Certificate{
		RawSubject: csr.RawSubject, NotBefore: at.Add(-backdate), NotAfter: earlier(at.Add(IssuingLife), r.Certificate.NotAfter),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if list != "" {
		t.CRLDistributionPoints = []string{list}
	}
	return certify(rand.Reader, &t, r.Certificate, csr.PublicKey, r.Key)
}

// List makes the root's revocation list with the serial numbers of revoked issuing authorities.
// Its number is the time, so that numbers rise although nobody keeps them.
func (r Root) List(revoked []*big.Int, at time.Time, life time.Duration) ([]byte, error) {
	t := x509.RevocationList{Number: big.NewInt(at.Unix()), ThisUpdate: at, NextUpdate: at.Add(life)}
	for _, n := range revoked {
		const keyCompromise = 1
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: at, ReasonCode: keyCompromise})
	}
	der, err := x509.CreateRevocationList(rand.Reader, &t, r.Certificate, r.Key)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	return der, nil
}

// certify makes a certificate with a fresh serial number and the key identifiers of RFC 5280,
// section 4.2.1.2.
func certify(random io.Reader, t, issuer *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	serial, err := newSerial(random)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	const idLength = 20
	id := sha256.Sum256(spki)
	t.SerialNumber, t.SubjectKeyId = serial, id[:idLength]
	t.NotBefore, t.NotAfter = t.NotBefore.UTC().Truncate(time.Second), t.NotAfter.UTC().Truncate(time.Second)
	if !t.NotAfter.After(t.NotBefore) {
		return nil, fault.Conflictf("pki.authority_expired", "The certificate of the authority ends before this one would begin. Replace it: countersign pki issuing request")
	}
	der, err := x509.CreateCertificate(rand.Reader, t, issuer, public, key)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	return x509.ParseCertificate(der)
}

// newSerial draws a serial number of 127 random bits: positive, and not to be guessed, so that
// nobody can prepare a collision (RFC 5280, section 4.1.2.2).
func newSerial(random io.Reader) (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	b[0] = b[0]&0x7F | 0x40 // always of one length
	return new(big.Int).SetBytes(b[:]), nil
}

// name is the subject as a name.
func (s Subject) name() (n pkix.Name) {
	n.CommonName, n.SerialNumber = s.CommonName, s.SerialNumber
	if s.Country != "" {
		n.Country = []string{s.Country}
	}
	if s.Organization != "" {
		n.Organization = []string{s.Organization}
	}
	return n
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Fingerprint is SHA-256 of a certificate or a request, for people who compare.
func Fingerprint(der []byte) string {
	const group = 2
	sum := sha256.Sum256(der)
	out := make([]byte, 0, len(sum)*(group+group/2))
	for i, b := range sum {
		if i > 0 && i%group == 0 {
			out = append(out, ' ')
		}
		out = fmt.Appendf(out, "%02X", b)
	}
	return string(out)
}

// errNoKey says that an authority has no key here.
var errNoKey = errors.New("pki: the private key is not here")
