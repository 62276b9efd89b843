package iso8583server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/iso8583server"
)

// identity is a certificate that is its own authority.
func identity(t *testing.T, name string) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, DNSNames: []string{name},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, x, x, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, parsed
}

// Whoever reaches the port and shows no certificate keeps nobody out: those who are known are counted by themselves.
func TestSilentConnectionsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	own, authority := identity(t, "issuer.example")
	peers, roots := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(authority)
	client, known := identity(t, "acquirer")
	peers.AddCert(known)
	w := newWorldOn(t, "iso87-bcd", func(c *iso8583server.Config) { c.Most = 2 }, func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: peers, MinVersion: tls.VersionTLS12})
	})
	for range 5 {
		w.dial() // says nothing
	}
	secure := func(c tls.Certificate) line {
		l := w.dial()
		l.Conn = tls.Client(l.Conn, &tls.Config{Certificates: []tls.Certificate{c}, RootCAs: roots, ServerName: "issuer.example", MinVersion: tls.VersionTLS12})
		return l
	}
	stranger, _ := identity(t, "stranger")
	if _, err := secure(stranger).Read(make([]byte, 1)); err == nil {
		t.Error("a stranger is served")
	}
	for range 2 {
		if a := secure(client).ask(network("001")); a.Text(39) != "00" {
			t.Errorf("%v", a)
		}
	}
	if _, err := secure(client).Read(make([]byte, 1)); err == nil {
		t.Error("a third that is known is served")
	}
}

// short has no file handle at first.
type short struct {
	net.Listener

	failed atomic.Bool
}

func (s *short) Accept() (net.Conn, error) {
	if s.failed.CompareAndSwap(false, true) {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return s.Listener.Accept()
}

// A lack of file handles passes, and the server is still there then.
func TestALackOfFileHandlesPasses(t *testing.T) {
	t.Parallel()
	var l *short
	w := newWorldOn(t, "iso87-ascii", nil, func(inner net.Listener) net.Listener {
		l = &short{Listener: inner}
		return l
	})
	if a := w.dial().ask(network("301")); a.Text(39) != "00" || !l.failed.Load() {
		t.Errorf("%v", a)
	}
}
