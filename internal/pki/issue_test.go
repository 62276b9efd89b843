package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/pki"
)

// TestProfiles: usage, purposes and policies are exactly those of the profile, and the request's subject is not believed.
func TestProfiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for profile, usage := range map[pki.Profile]x509.KeyUsage{
			pki.Authentication: x509.KeyUsageDigitalSignature, pki.Signing: x509.KeyUsageContentCommitment, pki.ProviderClient: x509.KeyUsageDigitalSignature,
		} {
			_, made := w.issue(profile, "ecdsa", string(profile))
			c := made.Certificate
			if c.KeyUsage != usage || c.IsCA || c.Subject.CommonName != "Kari Nordmann" || c.Subject.SerialNumber != "MIDCS00000000001" {
				t.Errorf("%s: %b %s", profile, c.KeyUsage, c.Subject)
			}
			if n := c.SerialNumber.BitLen(); n != 127 {
				t.Errorf("a serial number of %d bits", n)
			}
			if client := profile == pki.ProviderClient; client != (len(c.ExtKeyUsage) == 1) || client == (len(c.Policies) == 1) {
				t.Error(profile, c.ExtKeyUsage, c.Policies)
			}
			if left := c.NotAfter.Sub(w.clock.Now()); left != 3*365*24*time.Hour {
				t.Error(left)
			}
		}
		o := order(t, newCard(t, "ecdsa"), pki.Signing, "x")
		o.Policies, o.Validity = []string{"1.2.3.4"}, time.Hour
		made, err := w.desk.Issue(t.Context(), o)
		w.must(err)
		if c := made.Certificate; len(c.Policies) != 2 || c.Policies[1].String() != "1.2.3.4" || c.NotAfter.Sub(w.clock.Now()) != time.Hour {
			t.Error(c.Policies, c.NotAfter)
		}
	})
}

// TestOneOrderOneCertificate: twenty at once, on two nodes.
func TestOneOrderOneCertificate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := order(t, newCard(t, "ecdsa"), pki.Signing, "x")
		nodes := []*pki.Desk{w.desk, w.node(pki.Config{URL: "http://pki.bank.example"})}
		var mu sync.Mutex
		serials := map[string]bool{}
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				made, err := nodes[i%2].Issue(t.Context(), o)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				serials[made.Serial] = true
			})
		}
		wg.Wait()
		if len(serials) != 1 || w.count("pki_certificate") != 1 || w.count("journal WHERE kind = $1", pki.AuditIssued) != 1 {
			t.Error(serials)
		}
		o.CSR = newCard(t, "ecdsa").request(t)
		if _, err := w.desk.Issue(t.Context(), o); !fault.Is(err, "pki.order_reused") {
			t.Error(err)
		}
	})
}

// TestKeysHaveOneHolder: the same key again for the same person is a renewal, for another one it is refused.
func TestKeysHaveOneHolder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := newCard(t, "ecdsa")
		first, err := w.desk.Issue(t.Context(), order(t, c, pki.Signing, "1"))
		w.must(err)
		w.clock.Advance(700 * 24 * time.Hour)
		w.must(w.desk.Upkeep(t.Context()))
		renewed, err := w.desk.Issue(t.Context(), order(t, c, pki.Signing, "2"))
		w.must(err)
		if first.Serial == renewed.Serial || !renewed.Certificate.NotAfter.After(first.Certificate.NotAfter) {
			t.Error("it was not renewed")
		}
		o := order(t, c, pki.Signing, "3")
		o.Customer, o.Subject.SerialNumber = ident.Derive("ola"), "MIDCS00000000002"
		if _, err := w.desk.Issue(t.Context(), o); !fault.Is(err, "pki.key_taken") {
			t.Error(err)
		}
	})
}

// TestBadOrders: requests and subjects that get no certificate.
func TestBadOrders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		csr := func(key any) []byte {
			der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
			w.must(err)
			return der
		}
		p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		w.must(err)
		weak, err := rsa.GenerateKey(rand.Reader, 1024)
		w.must(err)
		good := order(t, newCard(t, "ecdsa"), pki.Signing, "x")
		forged := append([]byte{}, good.CSR...)
		forged[len(forged)-1] ^= 1
		for name, x := range map[string]struct {
			code   string
			change func(*pki.Order)
		}{
			"no request":           {"pki.csr", func(o *pki.Order) { o.CSR = nil }},
			"forged":               {"pki.csr", func(o *pki.Order) { o.CSR = forged }},
			"P-384":                {"pki.csr", func(o *pki.Order) { o.CSR = csr(p384) }},
			"RSA-1024":             {"pki.csr", func(o *pki.Order) { o.CSR = csr(weak) }},
			"no key":               {"pki.order", func(o *pki.Order) { o.Key = ident.ID{} }},
			"our own profile":      {"pki.order", func(o *pki.Order) { o.Profile = pki.Responder }},
			"no name":              {"pki.subject", func(o *pki.Order) { o.Subject.CommonName = "" }},
			"a line in the name":   {"pki.subject", func(o *pki.Order) { o.Subject.CommonName = "Kari\nOla" }},
			"no person":            {"pki.serial_number", func(o *pki.Order) { o.Subject.SerialNumber = "" }},
			"a short person":       {"pki.serial_number", func(o *pki.Order) { o.Subject.SerialNumber = "MIDCS1" }},
			"a country":            {"pki.country", func(o *pki.Order) { o.Subject.Country = "Norway" }},
			"a policy":             {"pki.policy", func(o *pki.Order) { o.Policies = []string{"software"} }},
			"it ends before":       {"pki.validity", func(o *pki.Order) { o.Validity = -time.Hour }},
			"it ends as it begins": {"", func(o *pki.Order) { o.Validity = time.Second }},
		} {
			o := good
			o.Key = ident.Derive(name)
			x.change(&o)
			if _, err := w.desk.Issue(t.Context(), o); x.code == "" && err != nil || x.code != "" && !fault.Is(err, x.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestErased: an erased customer's certificates are revoked, and nothing that names the person is kept.
func TestErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		claim := w.claim(c, made)
		w.write(func(tx *db.Tx) error { return w.desk.Erase(tx, kari) })
		w.finding(pki.IsRevoked, claim)
		x, _, err := w.desk.Get(t.Context(), made.Serial)
		if err != nil || x.Certificate != nil || !x.Customer.IsZero() || w.count("pki_key") != 0 || w.count("pki_certificate WHERE customer = $1", kari) != 0 {
			t.Error(x, err)
		}
		w.clock.Advance(pause)
		d := w.files()
		d.agrees("Cessation Of Operation", "crl", "-in", "ca.crl", "-noout", "-text")
	})
}
