package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/internal/webhook"
)

// The check is made on what a name resolves to, at the moment of connecting.
func TestPrivateAddressesAreNotConnectedTo(t *testing.T) {
	t.Parallel()
	reached := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer s.Close()
	for _, url := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		h, err := webhook.New(webhook.Config{URL: url, Secrets: []keyring.Secret{secret('a')}, Now: now, Reach: reach.Reach{Private: true}})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Deliver(t.Context(), message()); err == nil || !strings.Contains(err.Error(), "not one that may be connected to") || reached {
			t.Errorf("%s: %v, reached %v", url, err, reached)
		}
	}
}

// A receiver with a certificate of the bank's own authority; one with another is
// not spoken to.
func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	c := webhook.Config{URL: s.URL, Secrets: []keyring.Secret{secret('a')}, Now: now, Reach: reach.Reach{Loopback: true}}
	h, err := webhook.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Deliver(t.Context(), message()); err == nil {
		t.Error("an unknown authority was trusted")
	}
	c.TLS = s.Client().Transport.(*http.Transport).TLSClientConfig
	if h, err = webhook.New(c); err != nil {
		t.Fatal(err)
	}
	if err := h.Deliver(t.Context(), message()); err != nil {
		t.Error(err)
	}
}
