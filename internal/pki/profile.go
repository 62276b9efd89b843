package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
)

// maxName bounds common names and organizations, in characters (RFC 5280, appendix A.1).
const maxName = 64

// Life spans of delegated certificates.
const (
	responderLife = 90 * 24 * time.Hour
	stampingLife  = 5 * 365 * 24 * time.Hour
)

// template is the certificate of a responder or a time-stamping authority.
func (d *Desk) template(k Kind, issuer Authority, life time.Duration) (*x509.Certificate, error) {
	o, now := oids(), d.Now()
	t := &x509.Certificate{NotBefore: now.Add(-backdate), NotAfter: earlier(now.Add(life), issuer.Certificate.NotAfter), BasicConstraintsValid: true}
	t.Subject = pkix.Name{Country: issuer.Certificate.Subject.Country, Organization: issuer.Certificate.Subject.Organization}
	switch k {
	case ResponderKind:
		t.Subject.CommonName, t.KeyUsage, t.ExtKeyUsage = clip(issuer.Name+" OCSP"), Responder.Usage(), []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		// Nobody asks the responder about itself: it is replaced often (RFC 6960, section 4.2.2.2.1).
		t.ExtraExtensions = []pkix.Extension{{Id: o.ocspNoCheck, Value: []byte{5, 0}}}
	case StampingKind:
		purpose, err := extended(o.keyUsageStamp)
		if err != nil {
			return nil, err
		}
		t.Subject.CommonName, t.KeyUsage, t.ExtraExtensions = clip(issuer.Name+" time-stamps"), Stamping.Usage(), []pkix.Extension{purpose}
		d.addresses(t, issuer.Number)
	case RootKind, IssuingKind:
		return nil, fmt.Errorf("pki: no template of kind %q", k)
	}
	return t, nil
}

// ordered is the certificate of an order.
func (d *Desk) ordered(o Order, issuer Authority) (*x509.Certificate, error) {
	now, life := d.Now(), o.Validity
	if life == 0 {
		life = d.Validity
	}
	t := &x509.Certificate{
		Subject: o.Subject.name(), NotBefore: now.Add(-backdate), NotAfter: earlier(now.Add(life), issuer.Certificate.NotAfter),
		KeyUsage: o.Profile.Usage(), BasicConstraintsValid: true,
	}
	if o.Profile == ProviderClient {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	} else {
		o.Policies = append([]string{d.Policy}, o.Policies...)
	}
	for _, p := range o.Policies {
		id, err := x509.ParseOID(p)
		if err != nil {
			return nil, fault.Invalidf("pki.policy", "%q is no object identifier such as 1.3.6.1.4.1.99999.1.", p)
		}
		t.Policies = append(t.Policies, id)
	}
	d.addresses(t, issuer.Number)
	return t, nil
}

// addresses says where the status of a certificate is learned.
func (d *Desk) addresses(t *x509.Certificate, issuer int64) {
	if d.URL == "" {
		return
	}
	t.OCSPServer = []string{d.URL + PathOCSP}
	t.IssuingCertificateURL = []string{d.URL + PathAuthority(issuer, ".cer")}
	t.CRLDistributionPoints = []string{d.URL + PathAuthority(issuer, ".crl")}
}

// Paths below the address of the listener, which are written into certificates.
const (
	PathOCSP     = "/ocsp"
	PathStamps   = "/tsa"
	PathRootList = "/pki/root.crl"
)

// PathAuthority is where something of an authority is: ".cer" or ".crl".
func PathAuthority(number int64, ending string) string {
	return "/pki/" + strconv.FormatInt(number, 10) + ending
}

// rootListURL is where the root's list is; "" when there is no listener.
func (d *Desk) rootListURL() string {
	if d.URL == "" {
		return ""
	}
	return d.URL + PathRootList
}

// check judges an order.
func (o Order) check() error {
	s := o.Subject
	switch {
	case o.Key.IsZero() || !o.Profile.Ordered():
		return fault.Invalidf("pki.order", "An order needs a key and one of the profiles authentication, signing and provider.")
	case s.CommonName == "" || !fits(s.CommonName) || !fits(s.Organization):
		return fault.Invalidf("pki.subject", "The name in a certificate has 1 to %d printable characters, and so has the organization.", maxName)
	case !country(s.Country):
		return fault.Invalidf("pki.country", "A country has two capital letters, such as NO.")
	case o.Profile != ProviderClient && len(s.SerialNumber) != PersonSerial || strings.ContainsFunc(s.SerialNumber, notPrintable):
		return fault.Invalidf("pki.serial_number", "The serial number of a person has %d letters and digits.", PersonSerial)
	case o.Validity < 0:
		return fault.Invalidf("pki.validity", "A certificate cannot end before it begins.")
	}
	return nil
}

// PersonSerial is the length of a person's serial number in the subject of certificates:
// relying parties count on it.
const PersonSerial = 16

func notPrintable(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-'
}

func fits(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func country(s string) bool {
	return s == "" || len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// clip shortens a name of our own making.
func clip(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), maxName)])
}
