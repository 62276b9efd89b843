package pki_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/pki"
)

var (
	kari    = ident.Derive("kari")
	officer = audit.System("test")
	nonce   = [16]byte{1, 2, 3}
)

type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	ring  *keyring.Ring
	desk  *pki.Desk
	root  pki.Root
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock, pki.P256)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock, a pki.Algorithm) *world {
	t.Helper()
	w := &world{TB: t, d: d, clock: clock, ring: keyringtest.Open(t, d)}
	w.desk = w.node(pki.Config{URL: "http://pki.bank.example"})
	var err error
	w.root, err = w.desk.Init(t.Context(), officer, a, pki.Subject{CommonName: "Fjord Bank Root", Country: "NO", Organization: "Fjord Bank"}, pki.Subject{CommonName: "Fjord Bank Mobile ID CA", Country: "NO", Organization: "Fjord Bank"})
	w.must(err)
	return w
}

// node is a desk of another node.
func (w *world) node(c pki.Config) *pki.Desk {
	c.DB, c.Ring, c.Now = w.d, w.ring, w.clock.Now
	return pki.New(c)
}

// card is a SIM's key.
type card struct{ crypto.Signer }

func newCard(t testing.TB, algorithm string) card {
	t.Helper()
	var k crypto.Signer
	var err error
	if algorithm == "rsa" {
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return card{k}
}

// request is the card's certification request, whose subject is not believed.
func (c card) request(t testing.TB) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "Somebody Else"}}, c.Signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// sign signs a hash.
func (c card) sign(t testing.TB, data []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(data)
	s, err := c.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func order(t testing.TB, c card, p pki.Profile, key string) pki.Order {
	t.Helper()
	return pki.Order{
		Key: ident.Derive(key), Customer: kari, CSR: c.request(t), Profile: p,
		Subject: pki.Subject{CommonName: "Kari Nordmann", SerialNumber: "MIDCS00000000001", Country: "NO"},
	}
}

// issue has a fresh key certified.
func (w *world) issue(p pki.Profile, algorithm, key string) (card, pki.Issued) {
	w.Helper()
	c := newCard(w, algorithm)
	made, err := w.desk.Issue(w.Context(), order(w, c, p, key))
	w.must(err)
	return c, made
}

func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	w.must(w.d.Write(w.Context(), f))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) count(from string, args ...any) (n int) {
	w.Helper()
	w.must(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT count(*) FROM "+from, args...).Scan(&n) }))
	return n
}

// dir holds files for openssl.
type dir struct {
	testing.TB

	path string
}

// files writes the root, the issuing authority and a list for openssl.
func (w *world) files() dir {
	w.Helper()
	d := dir{w.TB, w.TempDir()}
	all, err := w.desk.Authorities(w.Context())
	w.must(err)
	d.pem("root.pem", "CERTIFICATE", w.root.Certificate.Raw)
	for _, a := range all {
		if a.Kind == pki.IssuingKind && a.State == pki.Active {
			d.pem("ca.pem", "CERTIFICATE", a.Certificate.Raw)
			list, _, err := w.desk.RevocationList(w.Context(), a.Number)
			w.must(err)
			d.pem("ca.crl", "X509 CRL", list)
			list, _, err = w.desk.RootList(w.Context())
			w.must(err)
			d.pem("root.crl", "X509 CRL", list)
		}
	}
	return d
}

func (d dir) at(name string) string { return filepath.Join(d.path, name) }

func (d dir) pem(name, kind string, der []byte) {
	d.Helper()
	d.write(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func (d dir) write(name string, data []byte) {
	d.Helper()
	if err := os.WriteFile(d.at(name), data, 0o600); err != nil {
		d.Fatal(err)
	}
}

// openssl runs a command among the files and returns what it said; -attime is given where it is understood.
func (d dir) openssl(args ...string) (string, error) {
	d.Helper()
	cmd := exec.CommandContext(d.Context(), "openssl", args...)
	cmd.Dir = d.path
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// agrees demands that openssl succeeds and says so.
func (d dir) agrees(says string, args ...string) {
	d.Helper()
	if out, err := d.openssl(args...); err != nil || !strings.Contains(out, says) {
		d.Errorf("openssl %v: %v\n%s", args, err, out)
	}
}

// refuses demands that openssl fails and says why.
func (d dir) refuses(says string, args ...string) {
	d.Helper()
	if out, err := d.openssl(args...); err == nil || !strings.Contains(out, says) {
		d.Errorf("openssl %v: %v, without %q\n%s", args, err, says, out)
	}
}
