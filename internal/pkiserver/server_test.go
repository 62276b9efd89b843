package pkiserver_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/pkiserver"
)

type world struct {
	*testing.T

	d      *db.DB
	clock  *dbtest.Clock
	desk   *pki.Desk
	server *httptest.Server
	leaf   pki.Issued
	dir    string
}

// each runs a test on both databases.
func each(t *testing.T, rate client.Rate, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, start(t, d, clock, rate)) })
}

func start(t *testing.T, d *db.DB, clock *dbtest.Clock, rate client.Rate) *world {
	t.Helper()
	w := &world{T: t, d: d, clock: clock, dir: t.TempDir()}
	var h http.Handler // a mux in between would clean paths
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { h.ServeHTTP(rw, r) }))
	t.Cleanup(w.server.Close)
	w.desk = pki.New(pki.Config{DB: w.d, Ring: keyringtest.Open(t, w.d), Now: w.clock.Now, URL: w.server.URL})
	var err error
	h, err = pkiserver.New(pkiserver.Config{Authority: w.desk, Limiter: client.NewLimiter(w.clock.Now, rate), Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)})
	w.must(err)
	_, err = w.desk.Init(t.Context(), audit.System("test"), pki.P256, pki.Subject{CommonName: "Root"}, pki.Subject{CommonName: "CA"})
	w.must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	w.must(err)
	w.leaf, err = w.desk.Issue(t.Context(), pki.Order{Key: ident.Derive("k"), CSR: csr, Profile: pki.Authentication, Subject: pki.Subject{CommonName: "Kari", SerialNumber: "MIDCS00000000001"}})
	w.must(err)
	for name, c := range map[string]*x509.Certificate{"leaf.pem": w.leaf.Certificate, "ca.pem": w.leaf.Chain[0], "root.pem": w.leaf.Root} {
		w.must(os.WriteFile(filepath.Join(w.dir, name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600))
	}
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// answered is how a request ended.
type answered struct {
	StatusCode int
	Header     http.Header
}

// do sends a request and returns the answer.
func (w *world) do(method, url, kind string, body []byte) (answered, []byte) {
	w.Helper()
	if !strings.HasPrefix(url, "http") {
		url = w.server.URL + url
	}
	r, err := http.NewRequestWithContext(w.Context(), method, url, bytes.NewReader(body))
	w.must(err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := w.server.Client().Do(r)
	w.must(err)
	out, err := io.ReadAll(resp.Body)
	w.must(errors.Join(err, resp.Body.Close()))
	return answered{resp.StatusCode, resp.Header}, out
}

var plenty = client.Rate{PerSecond: 1000, Burst: 1000}

// TestOpenSSLOverHTTP: openssl asks by itself, and fetches nothing that it was not told of in the certificate.
func TestOpenSSLOverHTTP(t *testing.T) {
	each(t, plenty, func(t *testing.T, w *world) {
		run := func(args ...string) string {
			cmd := exec.CommandContext(t.Context(), "openssl", args...)
			cmd.Dir = w.dir
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %v %s", args, err, out)
			}
			return string(out)
		}
		now := strconv.FormatInt(w.clock.Now().Unix(), 10)
		uri := strings.TrimSpace(run("x509", "-in", "leaf.pem", "-noout", "-ocsp_uri"))
		ask := func() string {
			return run("ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-url", uri, "-CAfile", "root.pem", "-attime", now, "-validity_period", "1000000000")
		}
		if out := ask(); !strings.Contains(out, "Response verify OK") || !strings.Contains(out, "leaf.pem: good") || strings.Contains(out, "WARNING: no nonce") {
			t.Error(out)
		}
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error { return w.desk.Suspend(tx, audit.System("test"), w.leaf.Serial) }))
		if out := ask(); !strings.Contains(out, "certificateHold") {
			t.Error(out)
		}
		w.must(os.WriteFile(filepath.Join(w.dir, "data"), []byte("x"), 0o600))
		run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "q.tsq")
		q, err := os.ReadFile(filepath.Join(w.dir, "q.tsq"))
		w.must(err)
		resp, r := w.do(http.MethodPost, "/tsa", "application/timestamp-query", q)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/timestamp-reply" {
			t.Error(resp.StatusCode, resp.Header)
		}
		w.must(os.WriteFile(filepath.Join(w.dir, "r.tsr"), r, 0o600))
		if out := run("ts", "-verify", "-in", "r.tsr", "-queryfile", "q.tsq", "-CAfile", "root.pem", "-untrusted", "ca.pem", "-attime", now); !strings.Contains(out, "Verification: OK") {
			t.Error(out)
		}
	})
}

// TestAddressesInCertificates: what stands in a certificate is there.
func TestAddressesInCertificates(t *testing.T) {
	each(t, plenty, func(t *testing.T, w *world) {
		c := w.leaf.Certificate
		resp, der := w.do(http.MethodGet, c.IssuingCertificateURL[0], "", nil)
		if resp.StatusCode != http.StatusOK || !bytes.Equal(der, w.leaf.Chain[0].Raw) || resp.Header.Get("Content-Type") != "application/pkix-cert" {
			t.Error(resp.StatusCode)
		}
		for _, x := range []struct {
			url    string
			issuer *x509.Certificate
		}{{c.CRLDistributionPoints[0], w.leaf.Chain[0]}, {w.leaf.Chain[0].CRLDistributionPoints[0], w.leaf.Root}} {
			resp, der = w.do(http.MethodGet, x.url, "", nil)
			l, err := x509.ParseRevocationList(der)
			if err != nil || l.CheckSignatureFrom(x.issuer) != nil || resp.Header.Get("Content-Type") != "application/pkix-crl" || !strings.Contains(resp.Header.Get("Cache-Control"), "max-age=") {
				t.Error(x.url, err, resp.Header)
			}
		}
		if resp, der = w.do(http.MethodGet, "/pki/root.cer", "", nil); !bytes.Equal(der, w.leaf.Root.Raw) {
			t.Error(resp.StatusCode)
		}
	})
}

// TestAnswersThatMayBeCached: a request by GET without nonce, in both ways of writing it.
func TestAnswersThatMayBeCached(t *testing.T) {
	each(t, plenty, func(t *testing.T, w *world) {
		q, err := ocsp.CreateRequest(w.leaf.Certificate, w.leaf.Chain[0], nil)
		w.must(err)
		for _, text := range []string{base64Of(q), escaped(base64Of(q))} {
			resp, r := w.do(http.MethodGet, "/ocsp/"+text, "", nil)
			a, err := ocsp.ParseResponseForCert(r, w.leaf.Certificate, w.leaf.Chain[0])
			if err != nil || a.Status != ocsp.Good || resp.Header.Get("Cache-Control") != "public, no-transform, must-revalidate, max-age=600" {
				t.Error(err, resp.Header)
			}
		}
		for n := int64(0); !strings.Contains(base64Of(q), "//"); n++ {
			r, err := ocsp.ParseRequest(q)
			w.must(err)
			r.SerialNumber = big.NewInt(n<<32 | 0xFFFFFFF)
			q, err = r.Marshal()
			w.must(err)
		}
		if _, r := w.do(http.MethodGet, "/ocsp/"+base64Of(q), "", nil); len(r) < 100 {
			t.Errorf("two slashes in a row: %x", r)
		}
		resp, _ := w.do(http.MethodPost, "/ocsp", "application/ocsp-request", q)
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Error(resp.Header)
		}
	})
}

// TestBadRequests: a wrong type, too long, nothing there.
func TestBadRequests(t *testing.T) {
	each(t, plenty, func(t *testing.T, w *world) {
		for _, x := range []struct {
			method, path, kind string
			body               []byte
			want               int
		}{
			{http.MethodPost, "/ocsp", "text/plain", []byte("x"), 400},
			{http.MethodPost, "/ocsp", "application/ocsp-request", make([]byte, 17<<10), 413},
			{http.MethodPost, "/ocsp", "application/ocsp-request", []byte("x"), 200}, // has an answer of its own: malformed
			{http.MethodPost, "/tsa", "application/json", nil, 400},
			{http.MethodGet, "/ocsp/***", "", nil, 400},
			{http.MethodGet, "/ocsp/" + base64Of(make([]byte, 300)), "", nil, 400},
			{http.MethodGet, "/pki/9.crl", "", nil, 404},
			{http.MethodGet, "/pki/9.cer", "", nil, 404},
			{http.MethodGet, "/pki/x", "", nil, 404},
			{http.MethodGet, "/pki/02.crl", "", nil, 404},
			{http.MethodGet, "/pki/-1.cer", "", nil, 404},
			{http.MethodGet, "/", "", nil, 404},
			{http.MethodDelete, "/ocsp", "", nil, 405},
		} {
			if resp, out := w.do(x.method, x.path, x.kind, x.body); resp.StatusCode != x.want {
				t.Errorf("%s %s: %d %s", x.method, x.path, resp.StatusCode, out)
			}
		}
	})
}

// TestFloods: too many requests of an address are refused, and say when to come back.
func TestFloods(t *testing.T) {
	each(t, client.Rate{PerSecond: 1, Burst: 2}, func(t *testing.T, w *world) {
		for i, want := range []int{200, 200, 429} {
			resp, _ := w.do(http.MethodGet, "/pki/root.cer", "", nil)
			if resp.StatusCode != want || want == 429 && resp.Header.Get("Retry-After") == "" {
				t.Error(i, resp.StatusCode, resp.Header)
			}
		}
		w.clock.Advance(5e9)
		if resp, _ := w.do(http.MethodGet, "/pki/root.cer", "", nil); resp.StatusCode != http.StatusOK {
			t.Error(resp.StatusCode)
		}
	})
}

// TestNothingIsMadeUp: without an authority nothing is answered as if there were one.
func TestNothingIsMadeUp(t *testing.T) {
	each(t, plenty, func(t *testing.T, w *world) {
		d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: w.clock.Now})
		desk := pki.New(pki.Config{DB: d, Ring: keyringtest.Open(t, d), Now: w.clock.Now})
		q, err := ocsp.CreateRequest(w.leaf.Certificate, w.leaf.Chain[0], nil)
		w.must(err)
		if r, _, err := desk.Respond(context.Background(), q); err != nil || r[4] != 6 {
			t.Error(r, err)
		}
		if _, err := desk.Stamp(t.Context(), [32]byte{}); err == nil {
			t.Error("a time-stamp")
		}
		if _, _, err := desk.RootList(t.Context()); err == nil {
			t.Error("a list")
		}
	})
}
