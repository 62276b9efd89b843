package console

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509/pkix"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// nameFact lays a name of a certificate out: what people go by, and below it the rest as the
// certificate writes it.
func (v *visit) nameFact(key string, n pkix.Name) ui.Fact {
	var rest []string
	add := func(kind string, values ...string) {
		for _, x := range values {
			rest = append(rest, kind+"="+x)
		}
	}
	if n.SerialNumber != "" {
		add("SERIALNUMBER", n.SerialNumber)
	}
	add("OU", n.OrganizationalUnit...)
	add("O", n.Organization...)
	add("C", n.Country...)
	return ui.Fact{Name: v.t.T(key), Value: dash(n.CommonName), Note: strings.Join(rest, ", ")}
}

// keyName is a public key as people write it.
func keyName(key any) string {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	case *rsa.PublicKey:
		return "RSA " + strconv.Itoa(k.N.BitLen())
	}
	return "–"
}

// revocationFact says in words why a certificate is not good, and below it in the standard's.
func (v *visit) revocationFact(r pki.Reason) ui.Fact {
	f := ui.Fact{Name: v.t.T("console.certificate.why"), Value: r.String()}
	if key := "console.certificate.reason." + r.String(); v.t.Has(key) {
		f.Value, f.Note = v.t.T(key), r.String()
	}
	return f
}
