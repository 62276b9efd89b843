package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/config"
)

// certified returns a certificate of our own.
func certified(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// ask is an HTTP/2 client's preface, settings with a window that nothing fills, and
// the request GET https://x/ (RFC 9113, sections 3.4, 6.2 and 6.5).
const ask = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
	"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + "\x00\x04\x7f\xff\xff\xff" +
	"\x00\x00\x04\x08\x00\x00\x00\x00\x00" + "\x3f\xff\xff\xff" +
	"\x00\x00\x06\x01\x05\x00\x00\x00\x01" + "\x82\x87\x84\x41\x01x"

// TestAnswerThatNobodyReadsOnHTTP2: there, a connection outlives its requests, so it
// is cut when it takes nothing.
func TestAnswerThatNobodyReadsOnHTTP2(t *testing.T) {
	t.Parallel()
	var served chan string
	servedBy(t, func(s *http.Server, w *wire) {
		// A ticket would have to be read before the handshake is over.
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certified(t)}, SessionTicketsDisabled: true}
		_ = s.ServeTLS(w, "", "")
	}, func(w http.ResponseWriter, r *http.Request) {
		served <- r.Proto
		large(w, r)
	}, func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration) {
		served = make(chan string, 1)
		c := tls.Client(w.dial(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, ask); err != nil {
			t.Fatal(err)
		}
		if proto := <-served; proto != "HTTP/2.0" {
			t.Fatalf("the request came by %s", proto)
		}
		const farewell = 5 * time.Second // that TLS takes to say goodbye, in vain
		if got := <-closed; got != limits.AnswerTimeout+farewell {
			t.Errorf("cut off after %s, want %s", got, limits.AnswerTimeout+farewell)
		}
	})
}
