package estclient_test

import (
	"crypto/sha256"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/estclient"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/pki"
)

// TestAnotherClock: time-stamps of `openssl ts -reply` are taken, when they are over what was asked, by who was configured, for this request.
func TestAnotherClock(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Another Clock")
	s.write("tsa.ext", "keyUsage=critical,nonRepudiation\nextendedKeyUsage=critical,timeStamping\n")
	s.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1000", "-extfile", "tsa.ext", "-out", "tsa.pem")
	s.write("tsa.cnf", "[tsa]\ndefault_tsa=t\n[t]\nserial=tsaserial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n")
	s.write("tsaserial", "01")
	var last []byte // the answer before, which comes again when replay is set
	replay, status := false, http.StatusOK
	clock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Type") != "application/timestamp-query" {
			t.Error(r.Header)
		}
		if !replay {
			s.write("q.tsq", string(q))
			s.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "ca.pem", "-out", "r.tsr")
			last = s.read("r.tsr")
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		w.WriteHeader(status)
		_, _ = w.Write(last)
	}))
	t.Cleanup(clock.Close)
	desk := func(roots ...*x509.Certificate) *pki.Desk {
		stamper, err := estclient.NewStamper(clock.URL, roots, 10*time.Second, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: time.Now})
		return pki.New(pki.Config{DB: d, Ring: keyringtest.Open(t, d), Now: time.Now, Stamper: stamper})
	}
	ours, sum := desk(s.root), sha256.Sum256([]byte("a signature"))
	token, err := ours.Stamp(t.Context(), sum)
	if err != nil {
		t.Fatal(err)
	}
	info, err := ours.VerifyStamp(t.Context(), token, sum)
	if err != nil || info.Authority.Subject.CommonName != "Another Clock" || time.Since(info.At).Abs() > time.Minute {
		t.Error(info, err)
	}
	if _, err := desk(s.http.Certificate()).Stamp(t.Context(), sum); !fault.Is(err, "pki.no_stamp") {
		t.Error("by nobody who was configured", err)
	}
	replay = true
	if _, err := ours.Stamp(t.Context(), sum); !fault.Is(err, "pki.no_stamp") {
		t.Error("the time of another request", err)
	}
	status = http.StatusBadGateway
	if _, err := ours.Stamp(t.Context(), sum); !fault.Is(err, "est.unavailable") {
		t.Error("no answer", err)
	}
}
