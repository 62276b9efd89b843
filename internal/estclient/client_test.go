package estclient_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/estclient"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/pki"
)

// world is an installation that has another authority. Its clock is the machine's, as openssl's is.
type world struct {
	*testing.T

	d      *db.DB
	desk   *pki.Desk
	server *server
	key    *ecdsa.PrivateKey
	offset time.Duration
}

// each runs a test on both databases.
func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) { f(t, start(t, dialect)) })
	}
}

func start(t *testing.T, dialect db.Dialect) *world {
	t.Helper()
	dsn := dbtest.DSN(t, dialect)
	w := &world{T: t, server: startServer(t)}
	now := func() time.Time { return time.Now().Add(w.offset) }
	w.d = dbtest.Open(t, db.Config{DSN: dsn, Now: now})
	c, err := estclient.New(estclient.Config{
		URL: w.server.http.URL + "/.well-known/est/", Roots: []*x509.Certificate{w.server.root}, TLSRoots: []*x509.Certificate{w.server.http.Certificate()},
		Certificate: clientCertificate(t), User: "bank", Password: []byte("secret"), Now: now,
	})
	w.must(err)
	t.Cleanup(c.Close)
	w.desk = pki.New(pki.Config{DB: w.d, Ring: keyringtest.Open(t, w.d), Now: now, Elsewhere: c})
	w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// order is one whose request names the person by serial number, as a card's does.
func (w *world) order(person string) pki.Order {
	w.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{SerialNumber: person}}, w.key)
	w.must(err)
	return pki.Order{Key: ident.Derive("order"), Customer: ident.Derive("kari"), CSR: csr, Profile: pki.Signing, Subject: pki.Subject{CommonName: "Kari Nordmann", SerialNumber: "MIDCS00000000001"}}
}

// judge validates a signature by a certificate.
func (w *world) judge(made pki.Issued) pki.Report {
	w.Helper()
	content := []byte("Pay")
	sum := sha256.Sum256(content)
	signature, err := w.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	w.must(err)
	cms, err := pki.Assemble(content, nil, signature, made.Certificate, made.Chain)
	w.must(err)
	r, err := w.desk.Validate(w.Context(), pki.Claim{CMS: cms, Content: content, Leaf: made.Certificate, Profile: pki.Signing, At: time.Now()})
	w.must(err)
	return r
}

// TestAnotherAuthority: enrolled once, validated by its responder and by its list, revoked there and here.
func TestAnotherAuthority(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		made, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
		w.must(err)
		again, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
		w.must(err)
		if w.server.orders != 1 || !again.Certificate.Equal(made.Certificate) || len(again.Chain) != 1 || !again.Root.Equal(w.server.root) {
			t.Error("the same order gave another certificate", w.server.orders, len(again.Chain))
		}
		if w.server.logins[0] != "bank:secret" {
			t.Error(w.server.logins)
		}
		if r := w.judge(made); !r.Good() || r.Standing.OCSP == nil {
			t.Error(r.Finding, r.Cause)
		}
		w.server.ocsp = false
		if r := w.judge(made); !r.Good() || r.Standing.List == nil {
			t.Error(r.Finding, r.Cause)
		}
		w.server.ocsp = true
		w.server.revoke()
		if r := w.judge(made); r.Finding != pki.IsRevoked || r.Standing.Reason != pki.KeyCompromise {
			t.Error(r.Finding, r.Cause)
		}
		w.server.ocsp = false
		w.offset = 10 * time.Minute // the list that is kept is old enough to be fetched anew
		if r := w.judge(made); r.Finding != pki.IsRevoked {
			t.Error(r.Finding, r.Cause)
		}
	})
}

// TestRevokedHere: EST cannot revoke, so what is revoked here is refused whatever the other authority says.
func TestRevokedHere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		made, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
		w.must(err)
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error { return w.desk.Suspend(tx, audit.System("test"), made.Serial) }))
		if r := w.judge(made); r.Finding != pki.IsOnHold {
			t.Error(r.Finding)
		}
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			return w.desk.Revoke(tx, audit.System("test"), made.Serial, pki.Superseded)
		}))
		if r := w.judge(made); r.Finding != pki.IsRevoked {
			t.Error(r.Finding)
		}
	})
}

// TestRenewal: another certificate of a key with the subject it has is a renewal, where the server offers it; a
// certificate that is revoked is not renewed.
func TestRenewal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
		w.must(err)
		if w.server.renewed != 0 {
			t.Error("the first certificate is a renewal")
		}
		another := func(name string) pki.Issued {
			o := w.order("MIDCS00000000001")
			o.Key = ident.Derive(name)
			made, err := w.desk.Issue(t.Context(), o)
			w.must(err)
			return made
		}
		second := another("second")
		if w.server.renewed != 1 || w.server.orders != 2 || second.Serial == first.Serial || !w.judge(second).Good() {
			t.Errorf("%d renewals, %d orders", w.server.renewed, w.server.orders)
		}
		for n, status := range []int{401, 403, 404, 405, 501} {
			w.server.renewals = status
			if another(http.StatusText(status)); w.server.renewed != n+2 || w.server.orders != n+3 {
				t.Errorf("%d: %d renewals, %d orders", status, w.server.renewed, w.server.orders)
			}
		}
		w.server.renewals = 503
		o := w.order("MIDCS00000000001")
		o.Key = ident.Derive("later")
		if _, err := w.desk.Issue(t.Context(), o); !fault.Is(err, "est.unavailable") || w.server.orders != 7 {
			t.Errorf("%v, %d orders", err, w.server.orders)
		}
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE pki_certificate SET status = 'revoked'")
			return err
		}))
		before := w.server.renewed
		if another("anew"); w.server.renewed != before {
			t.Error("a revoked certificate was renewed")
		}
	})
}

// TestTheOtherAuthorityIsTold: what it does not know of is listed until somebody says that it was told, and again when the
// status changes; an erased customer's certificate, too.
func TestTheOtherAuthorityIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		made, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
		w.must(err)
		by := audit.System("test")
		told := func(tx *db.Tx) error { return w.desk.Told(tx, by, made.Serial) }
		for _, c := range []struct {
			name string
			act  func(*db.Tx) error
			want int
		}{
			{"good", nil, 0},
			{"suspended", func(tx *db.Tx) error { return w.desk.Suspend(tx, by, made.Serial) }, 1},
			{"resumed before it was told", func(tx *db.Tx) error { return w.desk.Resume(tx, by, made.Serial) }, 0},
			{"suspended again", func(tx *db.Tx) error { return w.desk.Suspend(tx, by, made.Serial) }, 1},
			{"told", told, 0},
			{"resumed", func(tx *db.Tx) error { return w.desk.Resume(tx, by, made.Serial) }, 1},
			{"told of that", told, 0},
			{"erased", func(tx *db.Tx) error { return w.desk.Erase(tx, ident.Derive("kari")) }, 1},
			{"told at the end", told, 0},
		} {
			if c.act != nil {
				w.must(w.d.Write(t.Context(), c.act))
			}
			all, err := w.desk.Untold(t.Context(), 10)
			w.must(err)
			matters, err := w.desk.Matters(t.Context())
			w.must(err)
			if len(all) != c.want || len(matters) != c.want || c.want == 1 && (all[0].Serial != made.Serial || matters[0].Kind != pki.IsUntold || matters[0].Count != 1) {
				t.Errorf("%s: %+v, %+v", c.name, all, matters)
			}
		}
	})
}

// TestStatusThatCannotBeLearned: without responder and list no signature is valid.
func TestStatusThatCannotBeLearned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		made, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
		w.must(err)
		w.server.http.Close()
		if r := w.judge(made); r.Finding != pki.RevocationError {
			t.Error(r.Finding, r.Cause)
		}
	})
}

// TestWhatIsIssuedIsChecked: another person, another usage.
func TestWhatIsIssuedIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000002")); !fault.Is(err, "pki.elsewhere") {
			t.Error("another person", err)
		}
		w.server.usage = "digitalSignature,nonRepudiation"
		if _, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001")); !fault.Is(err, "pki.elsewhere") {
			t.Error("another usage", err)
		}
		var n int
		w.must(w.d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT count(*) FROM pki_certificate").Scan(&n) }))
		if n != 0 {
			t.Error("it was kept")
		}
	})
}

// TestRefusals: statuses of the server, with the time to come back.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for status, want := range map[int]string{202: "est.pending", 400: "est.refused", 401: "est.unavailable", 302: "est.unavailable", 503: "est.unavailable"} {
			w.server.status = status
			_, err := w.desk.Issue(t.Context(), w.order("MIDCS00000000001"))
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Code != want || status != http.StatusBadRequest && f.RetryAfter != 90*time.Second {
				t.Error(status, err)
			}
		}
	})
}

// TestTheServerMustBeKnown: TLS under other anchors is none.
func TestTheServerMustBeKnown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, err := estclient.New(estclient.Config{URL: w.server.http.URL + "/.well-known/est", Roots: []*x509.Certificate{w.server.root}, User: "bank", Password: []byte("secret"), Now: time.Now})
		w.must(err)
		if _, _, err := c.Enroll(t.Context(), w.order("MIDCS00000000001")); !fault.Is(err, "est.unavailable") || len(w.server.logins) != 0 {
			t.Error(err, w.server.logins)
		}
		for name, bad := range map[string]estclient.Config{
			"no TLS":   {URL: "http://ca.example/.well-known/est", Roots: []*x509.Certificate{w.server.root}, User: "x", Now: time.Now},
			"no roots": {URL: "https://ca.example/.well-known/est", User: "x", Now: time.Now},
			"no login": {URL: "https://ca.example/.well-known/est", Roots: []*x509.Certificate{w.server.root}, Now: time.Now},
		} {
			if _, err := estclient.New(bad); err == nil {
				t.Error(name)
			}
		}
	})
}
