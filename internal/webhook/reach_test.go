package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/webhook"
)

func TestReach(t *testing.T) {
	t.Parallel()
	for address, who := range map[string]string{
		"192.0.2.1": "all", "2001:db8::1": "all", "8.8.8.8": "all",
		"10.1.2.3": "private", "172.16.0.1": "private", "192.168.1.1": "private", "100.64.0.1": "private", "fd00::1": "private", "::ffff:10.0.0.1": "private",
		"127.0.0.1": "loopback", "127.8.8.8": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback",
		"169.254.169.254": "none", "fe80::1": "none", "224.0.0.1": "none", "ff02::1": "none", "0.0.0.0": "none", "::": "none", "255.255.255.255": "none",
	} {
		a := netip.MustParseAddr(address)
		for name, r := range map[string]webhook.Reach{"all": {}, "private": {Private: true}, "loopback": {Loopback: true}} {
			want := who != "none" && (who == "all" || who == name)
			if got := webhook.Allows(r, a); got != want {
				t.Errorf("%s from %s: %v", address, name, got)
			}
		}
	}
}

// The check is made on what a name resolves to, at the moment of connecting.
func TestPrivateAddressesAreNotConnectedTo(t *testing.T) {
	t.Parallel()
	reached := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer s.Close()
	for _, url := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		h, err := webhook.New(webhook.Config{URL: url, Secrets: []keyring.Secret{secret('a')}, Now: now, Reach: webhook.Reach{Private: true}})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Deliver(t.Context(), message()); err == nil || !strings.Contains(err.Error(), "not one that webhooks may be sent to") || reached {
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
	c := webhook.Config{URL: s.URL, Secrets: []keyring.Secret{secret('a')}, Now: now, Reach: webhook.Reach{Loopback: true}}
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
