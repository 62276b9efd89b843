package apptest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// authority is a private authority of certificates, such as a carrier has.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string // PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, file: filepath.Join(t.TempDir(), "ca.pem")}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Carrier CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var der []byte
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
		if der, err = x509.CreateCertificate(rand.Reader, root, root, a.key.Public(), a.key); err == nil {
			a.cert, err = x509.ParseCertificate(der)
		}
	}
	if err == nil {
		err = os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// issue makes a certificate of a center, or of another side, that is called so.
func (a *authority) issue(until time.Time, names []string, addresses ...net.IP) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: strings.Join(names, " ")}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until, DNSNames: names, IPAddresses: addresses,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestCenterOverTLS: a center is believed by the authority of the configuration and its
// name only, by TLS 1.2 or newer, and what is not TLS is not spoken to. The password
// does not leave before that.
func TestCenterOverTLS(t *testing.T) {
	t.Parallel()
	carrier, stranger := newAuthority(t), newAuthority(t)
	here := net.IPv4(127, 0, 0, 1)
	good := carrier.issue(time.Now().Add(time.Hour), nil, here)
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), nil)
	for name, c := range map[string]struct {
		cert   tls.Certificate
		newest uint16 // version of TLS; 0 for any
		plain  bool
		scheme string
		ca     string
		wrong  string // what the doctor says; "" for a center that is believed
	}{
		"good":                {cert: good, scheme: "smpps", ca: carrier.file},
		"another authority":   {cert: good, scheme: "smpps", ca: stranger.file, wrong: "certificate signed by unknown authority"},
		"the system's":        {cert: good, scheme: "smpps", wrong: "certificate signed by unknown authority"},
		"another name":        {cert: carrier.issue(time.Now().Add(time.Hour), []string{"other.example"}), scheme: "smpps", ca: carrier.file, wrong: "doesn't contain any IP SANs"},
		"another address":     {cert: carrier.issue(time.Now().Add(time.Hour), nil, net.IPv4(127, 0, 0, 2)), scheme: "smpps", ca: carrier.file, wrong: "not 127.0.0.1"},
		"expired":             {cert: carrier.issue(time.Now().Add(-time.Minute), nil, here), scheme: "smpps", ca: carrier.file, wrong: "expired"},
		"too old":             {cert: good, newest: tls.VersionTLS11, scheme: "smpps", ca: carrier.file, wrong: "protocol version"},
		"a center without":    {plain: true, scheme: "smpps", ca: carrier.file, wrong: "because"},
		"a client without":    {cert: good, scheme: "smpp", wrong: "because"},
		"no such file":        {cert: good, scheme: "smpps", ca: carrier.file + "x", wrong: "no such file"},
		"a file without cert": {cert: good, scheme: "smpps", ca: empty(t), wrong: "holds no certificate in PEM form"},
	} {
		center := smscenter.New(smscenter.Config{Now: time.Now})
		var config *tls.Config
		if !c.plain {
			config = &tls.Config{Certificates: []tls.Certificate{c.cert}, MinVersion: tls.VersionTLS10, MaxVersion: c.newest} // an old center is a case
		}
		in.More = gateway(c.scheme+"://"+serveCenter(t, center, config), c.ca)
		out, _, _ := in.Command("doctor")
		if c.wrong == "" {
			if !strings.Contains(out, "ok    SMS gateway first lets us in") || center.Stats().Binds != 1 {
				t.Errorf("%s: %s", name, out)
			}
			continue
		}
		if !strings.Contains(out, c.wrong) || strings.Contains(out, "ok    SMS gateway") || center.Stats().Binds != 0 {
			t.Errorf("%s: %d binds; the doctor does not say %q: %s", name, center.Stats().Binds, c.wrong, out)
		}
	}
}

// TestACodeOverTLS sends a code through a center that speaks TLS only.
func TestACodeOverTLS(t *testing.T) {
	t.Parallel()
	carrier := newAuthority(t)
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), nil)
	cert := carrier.issue(time.Now().Add(time.Hour), []string{"localhost"}, net.IPv4(127, 0, 0, 1))
	center, all := askers(t, in, 1, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, carrier.file)
	bank := in.Run(t).Bank()
	defer bank.Close()
	a := all[0]
	if !a.start(bank) || !a.ask(t, bank) {
		t.Fatal("no code was asked for")
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	got, err := center.Wait(ctx, a.phone, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(got[0].Text, "\n@bank.example #")
	var out apptest.Authentication
	bank.Must(t, &out, http.MethodPost, "/v1/authentications/"+a.handles[0]+"/steps", map[string]any{"code": code})
	if out.State != "granted" {
		t.Errorf("the code of the text %q: %+v", got[0].Text, out)
	}
}

func empty(t *testing.T) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(name, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// gateway are the settings of a node that sends through a center.
func gateway(url, ca string) []string {
	return []string{
		"COUNTERSIGN_SMS_FIRST_URL=" + url, "COUNTERSIGN_SMS_FIRST_CA=" + ca,
		"COUNTERSIGN_SMS_FIRST_SYSTEM_ID=bank", "COUNTERSIGN_SMS_FIRST_PASSWORD=hunter2", "COUNTERSIGN_SMS_FIRST_SOURCE=Bank", "COUNTERSIGN_SMS_FIRST_TIMEOUT=5s",
	}
}
