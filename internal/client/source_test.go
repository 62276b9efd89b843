package client_test

import (
	"net/netip"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
)

// TestSource: only a proxy of ours is believed, and of what it says only what it saw.
func TestSource(t *testing.T) {
	t.Parallel()
	ours := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, x := range []struct {
		peer      string
		forwarded []string
		proxies   []netip.Prefix
		want      string
	}{
		{"192.0.2.1:1", nil, nil, "192.0.2.1"},
		{"192.0.2.1:1", []string{"198.51.100.7"}, nil, "192.0.2.1"},
		{"192.0.2.1:1", []string{"198.51.100.7"}, ours, "192.0.2.1"},
		{"10.1.2.3:1", []string{"198.51.100.7"}, ours, "198.51.100.7"},
		{"[::ffff:10.1.2.3]:1", []string{"198.51.100.7"}, ours, "198.51.100.7"},
		{"[fd00::1]:1", []string{"2001:db8::7"}, ours, "2001:db8::7"},
		{"10.1.2.3:1", []string{"203.0.113.9, 198.51.100.7", "10.9.9.9"}, ours, "198.51.100.7"},
		{"10.1.2.3:1", []string{"nonsense, 198.51.100.7"}, ours, "198.51.100.7"},
		{"10.1.2.3:1", []string{"198.51.100.7, nonsense"}, ours, "10.1.2.3"},
		{"10.1.2.3:1", nil, ours, "10.1.2.3"},
		{"10.1.2.3:1", []string{"10.4.4.4"}, ours, "10.4.4.4"},
		{"pipe", []string{"198.51.100.7"}, ours, "invalid IP"},
	} {
		if got := client.Source(x.peer, x.forwarded, x.proxies).String(); got != x.want {
			t.Errorf("%s by %q: %s, want %s", x.peer, x.forwarded, got, x.want)
		}
	}
}
