package pki_test

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestOpenSSLVerifiesCertificates: chain, lists of both authorities, usage, revocation and hold, of both algorithms.
func TestOpenSSLVerifiesCertificates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, algorithm := range []string{"ecdsa", "rsa"} {
			_, made := w.issue(pki.Signing, algorithm, algorithm)
			verify := func() (dir, []string) {
				d := w.files()
				d.pem("leaf.pem", "CERTIFICATE", made.Certificate.Raw)
				return d, []string{"verify", "-x509_strict", "-policy_check", "-attime", strconv.FormatInt(w.clock.Now().Unix(), 10), "-crl_check_all", "-CRLfile", "ca.crl", "-CRLfile", "root.crl", "-CAfile", "root.pem", "-untrusted", "ca.pem", "leaf.pem"}
			}
			d, args := verify()
			d.agrees("leaf.pem: OK", args...)
			out, _ := d.openssl("x509", "-in", "leaf.pem", "-noout", "-text")
			for _, want := range []string{"Key Usage: critical\n                Non Repudiation\n", "serialNumber = MIDCS00000000001", "Policy: " + pki.SoftwareKey, "OCSP - URI:http://pki.bank.example/ocsp", "CN = Kari Nordmann"} {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			if strings.Contains(out, "qcStatements") {
				t.Error("a statement of a qualified certificate")
			}
			w.write(func(tx *db.Tx) error { return w.desk.Suspend(tx, officer, made.Serial) })
			w.clock.Advance(pause)
			d, args = verify()
			d.refuses("certificate revoked", args...)
			out, _ = d.openssl("crl", "-in", "ca.crl", "-noout", "-text")
			if !strings.Contains(out, "Certificate Hold") {
				t.Error(out)
			}
			w.write(func(tx *db.Tx) error { return w.desk.Resume(tx, officer, made.Serial) })
			w.clock.Advance(pause)
			d, args = verify()
			d.agrees("leaf.pem: OK", args...)
			w.write(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.KeyCompromise) })
			w.clock.Advance(pause)
			d, args = verify()
			d.refuses("certificate revoked", args...)
			w.write(func(tx *db.Tx) error { return w.desk.Resume(tx, officer, made.Serial) })
			w.clock.Advance(pause)
			d, args = verify()
			d.refuses("certificate revoked", args...)
		}
	})
}

// TestOpenSSLAsksTheResponder: requests that openssl writes, with and without nonce, by SHA-1 and SHA-256.
func TestOpenSSLAsksTheResponder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, made := w.issue(pki.Authentication, "ecdsa", "a")
		d := w.files()
		d.pem("leaf.pem", "CERTIFICATE", made.Certificate.Raw)
		ask := func(args ...string) (says string, ok bool) {
			request := append([]string{"ocsp", "-issuer", "ca.pem"}, args...)
			if out, err := d.openssl(append(request, "-reqout", "q.der")...); err != nil {
				t.Fatal(out)
			}
			q, err := os.ReadFile(d.at("q.der"))
			w.must(err)
			r, _, err := w.desk.Respond(t.Context(), q)
			w.must(err)
			d.write("r.der", r)
			said, err := d.openssl(append(request, "-reqin", "q.der", "-respin", "r.der", "-CAfile", "root.pem", "-no_nonce", "-validity_period", "1000000000", "-attime", strconv.FormatInt(w.clock.Now().Unix(), 10))...)
			return said, err == nil && strings.Contains(said, "Response verify OK")
		}
		for _, args := range [][]string{{"-cert", "leaf.pem"}, {"-no_nonce", "-cert", "leaf.pem"}, {"-sha256", "-cert", "leaf.pem"}} {
			if says, ok := ask(args...); !ok || !strings.Contains(says, "leaf.pem: good") {
				t.Error(args, says)
			}
		}
		if says, ok := ask("-serial", "0x1234"); !ok || !strings.Contains(says, "0x1234: unknown") {
			t.Error(says)
		}
		w.write(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.Superseded) })
		if says, ok := ask("-cert", "leaf.pem"); !ok || !strings.Contains(says, "leaf.pem: revoked") || !strings.Contains(says, "superseded") {
			t.Error(says)
		}
		for _, bad := range []string{"", "rubbish", "0\x03\x02\x01\x00"} {
			r, _, err := w.desk.Respond(t.Context(), []byte(bad))
			if err != nil || cmp.Diff([]byte{0x30, 3, 0x0A, 1, 1}, r) != "" {
				t.Error(bad, r, err)
			}
		}
		if out, _ := d.openssl("ocsp", "-issuer", "root.pem", "-cert", "ca.pem", "-reqout", "q.der"); out != "" {
			t.Log(out)
		}
		q, err := os.ReadFile(d.at("q.der"))
		w.must(err)
		if r, _, err := w.desk.Respond(t.Context(), q); err != nil || r[4] != 6 {
			t.Error("another authority's certificate", r, err)
		}
	})
}

// signature is a CMS of a card, as the signature server makes it.
func (w *world) signature(c card, made pki.Issued, content []byte, detached bool) []byte {
	w.Helper()
	attributes := applet.Attributes(sha256.Sum256(content), nonce)
	enclosed := content
	if detached {
		enclosed = nil
	}
	cms, err := pki.Assemble(enclosed, attributes, c.sign(w, attributes), made.Certificate, made.Chain)
	w.must(err)
	return cms
}

// TestOpenSSLVerifiesSignatures: enclosed and detached, with attributes and without, of both algorithms.
func TestOpenSSLVerifiesSignatures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		content := []byte("Pay 250,00 NOK to ACME")
		for _, algorithm := range []string{"ecdsa", "rsa"} {
			c, made := w.issue(pki.Signing, algorithm, algorithm)
			plain, err := pki.Assemble(content, nil, c.sign(t, content), made.Certificate, made.Chain)
			w.must(err)
			d := w.files()
			d.write("text", content)
			d.write("other", []byte("Pay 950,00 NOK to ACME"))
			verify := []string{"cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "root.pem", "-attime", strconv.FormatInt(w.clock.Now().Unix(), 10)}
			d.write("enclosed.p7", w.signature(c, made, content, false))
			d.agrees("Pay 250,00 NOK to ACME", append(verify, "-in", "enclosed.p7")...)
			d.write("plain.p7", plain)
			d.agrees("Pay 250,00 NOK to ACME", append(verify, "-in", "plain.p7")...)
			d.write("detached.p7", w.signature(c, made, content, true))
			d.agrees("CMS Verification successful", append(verify, "-in", "detached.p7", "-content", "text")...)
			d.refuses("CMS Verification failure", append(verify, "-in", "detached.p7", "-content", "other")...)
		}
	})
}

// TestOpenSSLVerifiesStamps: tokens of our own and answers to what openssl asks.
func TestOpenSSLVerifiesStamps(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.files()
		content := []byte("a signature")
		d.write("data", content)
		token, err := w.desk.Stamp(t.Context(), sha256.Sum256(content))
		w.must(err)
		d.write("token.der", token)
		when := []string{"-attime", strconv.FormatInt(w.clock.Now().Unix(), 10), "-CAfile", "root.pem", "-untrusted", "ca.pem"}
		d.agrees("Verification: OK", append([]string{"ts", "-verify", "-token_in", "-in", "token.der", "-data", "data"}, when...)...)
		for _, args := range [][]string{{"-sha256", "-cert"}, {"-sha512", "-cert"}, {"-sha256", "-no_nonce", "-cert"}, {"-sha256"}} {
			if out, err := d.openssl(append([]string{"ts", "-query", "-data", "data", "-out", "q.tsq"}, args...)...); err != nil {
				t.Fatal(out)
			}
			q, err := os.ReadFile(d.at("q.tsq"))
			w.must(err)
			r, err := w.desk.RespondStamp(t.Context(), q)
			w.must(err)
			d.write("r.tsr", r)
			untrusted := when
			if args[len(args)-1] != "-cert" {
				continue // openssl cannot find the certificate that it did not ask for
			}
			d.agrees("Verification: OK", append([]string{"ts", "-verify", "-in", "r.tsr", "-queryfile", "q.tsq"}, untrusted...)...)
		}
		out, _ := d.openssl("ts", "-reply", "-in", "token.der", "-token_in", "-text")
		if !strings.Contains(out, "Policy OID: "+pki.OwnStampPolicy) || !strings.Contains(out, "Time stamp: Nov  2 09:00:00 2026 GMT") {
			t.Error(out)
		}
		d.write("data", []byte("another"))
		d.refuses("message imprint mismatch", append([]string{"ts", "-verify", "-token_in", "-in", "token.der", "-data", "data"}, when...)...)
	})
}

// TestStampRefusals: what cannot be stamped is refused by the code of the standard.
func TestStampRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.files()
		d.write("data", []byte("x"))
		for says, args := range map[string][]string{
			"unrecognized or unsupported algorithm": {"-sha1"},
			"requested TSA policy is not supported": {"-sha256", "-tspolicy", "1.2.3.4"},
		} {
			if out, err := d.openssl(append([]string{"ts", "-query", "-data", "data", "-out", "q.tsq"}, args...)...); err != nil {
				t.Fatal(out)
			}
			q, err := os.ReadFile(d.at("q.tsq"))
			w.must(err)
			r, err := w.desk.RespondStamp(t.Context(), q)
			w.must(err)
			d.write("r.tsr", r)
			if out, _ := d.openssl("ts", "-reply", "-in", "r.tsr", "-text"); !strings.Contains(out, says) {
				t.Error(says, out)
			}
		}
		r, err := w.desk.RespondStamp(t.Context(), []byte("rubbish"))
		if err != nil || base64.StdEncoding.EncodeToString(r) != "MAkwBwIBAgMCAgQ=" {
			t.Errorf("%x %v", r, err)
		}
	})
}
