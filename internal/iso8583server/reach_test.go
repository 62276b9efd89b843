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
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/iso8583server"
	"github.com/countersign-auth/countersign/iso8583"
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

// newSecureWorld is a server that asks for certificates, and how those connect that it knows.
func newSecureWorld(t *testing.T, change func(*iso8583server.Config), known ...*x509.Certificate) (*world, func(tls.Certificate) line) {
	t.Helper()
	own, authority := identity(t, "issuer.example")
	peers, roots := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(authority)
	for _, c := range known {
		peers.AddCert(c)
	}
	w := newWorldOn(t, "iso87-bcd", change, func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: peers, MinVersion: tls.VersionTLS12})
	})
	return w, func(c tls.Certificate) line {
		l := w.dial()
		l.Conn = tls.Client(l.Conn, &tls.Config{Certificates: []tls.Certificate{c}, RootCAs: roots, ServerName: "issuer.example", MinVersion: tls.VersionTLS12})
		return l
	}
}

// An acquirer asks and takes back in its own name alone, where the bank says whose certificate is whose; a network speaks for all.
func TestAcquirersSpeakForThemselves(t *testing.T) {
	t.Parallel()
	own, a := identity(t, "acquirer")
	network, b := identity(t, "network")
	nobody, c := identity(t, "nobody")
	w, secure := newSecureWorld(t, func(c *iso8583server.Config) {
		c.Most, c.Institutions = 8, map[string][]string{"acquirer": {"123456", "77"}, "network": nil}
	}, a, b, c)
	message := func(mti iso8583.MTI, acquirer, original string) *iso8583.Message {
		m := payment("000001")
		m.MTI = mti
		m.SetText(32, acquirer)
		if original != "" {
			m.Clear(55)
			m.SetText(90, "0100000123"+"1123101530"+original+"00000000000")
		}
		return m
	}
	l, all := secure(own), secure(network)
	for i, x := range []struct {
		m            *iso8583.Message
		own, network string
	}{
		{message(100, "123456", ""), "00", "00"},
		{message(100, "00000000077", ""), "00", "00"},
		{message(100, "654321", ""), "63", "00"},
		{message(400, "123456", "00000123456"), "00", "00"},
		{message(400, "123456", "00000000000"), "00", "00"},
		{message(400, "123456", "00000654321"), "63", "00"},
		{message(420, "654321", "00000123456"), "63", "00"},
	} {
		if one, other := l.ask(x.m), all.ask(x.m); one.Text(39) != x.own || other.Text(39) != x.network {
			t.Errorf("%d: %v, %v", i, one, other)
		}
	}
	if !strings.Contains(w.log.String(), "does not speak for") {
		t.Errorf("nobody is told: %s", w.log)
	}
	if _, err := secure(nobody).Read(make([]byte, 1)); err == nil {
		t.Error("whoever is not named is served")
	}
}

// Whoever reaches the port and shows no certificate keeps nobody out: those who are known are counted by themselves.
func TestSilentConnectionsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	client, known := identity(t, "acquirer")
	w, secure := newSecureWorld(t, func(c *iso8583server.Config) { c.Most = 2 }, known)
	for range 5 {
		w.dial() // says nothing
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

// deaf is a listener of connections on which nothing can be written.
type deaf struct{ net.Listener }

func (d deaf) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	return deafConn{c}, err
}

type deafConn struct{ net.Conn }

func (deafConn) Write([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// Whoever does not take answers is closed, and that is told once, however many there are.
func TestPeersThatDoNotRead(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, "iso87-ascii", nil, func(l net.Listener) net.Listener { return deaf{l} })
	l := w.dial()
	var all []byte
	for range 5 {
		b, err := w.profile.Append(nil, payment("000001"))
		if err != nil {
			t.Fatal(err)
		}
		if all, err = w.profile.Framing.Append(all, b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Write(all); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d octets", n)
	}
	w.stop()
	if n := strings.Count(w.log.String(), "does not take its answers"); n != 1 {
		t.Errorf("told %d times: %s", n, w.log)
	}
}
