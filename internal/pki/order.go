package pki

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Issuer issues certificates: [Desk] with a key of its own or with another authority behind it.
type Issuer interface {
	// Issue certifies the key of a certification request. The same order again gives the
	// same certificate.
	Issue(ctx context.Context, o Order) (Issued, error)
}

// Profile says what a certificate may be used for.
type Profile string

// Profiles. The first three are ordered; the others are the authority's own.
const (
	Authentication Profile = "authentication" // digitalSignature
	Signing        Profile = "signing"        // nonRepudiation alone (EN 319 412-2, 4.3.2, type A)
	ProviderClient Profile = "provider"       // digitalSignature, for TLS clients: service providers
	Responder      Profile = "ocsp"           // answers of the OCSP responder
	Stamping       Profile = "tsa"            // time-stamps
)

// Ordered reports whether certificates of the profile can be ordered.
func (p Profile) Ordered() bool {
	return p == Authentication || p == Signing || p == ProviderClient
}

// Usage is the key usage of the profile: exactly that, and nothing beside it.
func (p Profile) Usage() x509.KeyUsage {
	switch p {
	case Signing, Stamping:
		return x509.KeyUsageContentCommitment
	case Authentication, ProviderClient, Responder:
		return x509.KeyUsageDigitalSignature
	}
	return 0
}

// Order asks for a certificate.
type Order struct {
	Key      ident.ID // names the order: twice the same one gives one certificate
	Customer ident.ID // whose certificate it is; zero for nobody's (a service provider)
	CSR      []byte   // PKCS #10 (RFC 2986), DER: the proof of possession
	Profile  Profile
	Subject  Subject
	// Policies are object identifiers in dotted form that are stated besides those of the
	// configuration.
	Policies []string
	Validity time.Duration // 0: that of the configuration
	// Former is a certificate of the same key and subject that this one replaces; the desk finds it. Another
	// authority is asked to renew then (RFC 7030, section 4.2.2).
	Former *x509.Certificate
}

// Subject is whom a certificate is about. Only what is here gets into a certificate of our
// own, whatever the request says.
type Subject struct {
	CommonName   string // at most 64 characters (RFC 5280, appendix A.1)
	SerialNumber string // 16 characters for persons; may be empty for others
	Country      string // two letters; may be empty
	Organization string // at most 64 characters; may be empty
}

// Issued is a certificate.
type Issued struct {
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // its issuers, without the root
	Root        *x509.Certificate   // nil when it is not known
	Serial      string              // hexadecimal, as in Revoke
}

// DER returns the certificates of the chain one after another, as x509.ParseCertificates reads
// them.
func (i Issued) DER() (der []byte) {
	for _, c := range i.Chain {
		der = append(der, c.Raw...)
	}
	return der
}
