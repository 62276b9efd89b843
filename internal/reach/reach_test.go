package reach_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/countersign-auth/countersign/internal/reach"
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
		for name, r := range map[string]reach.Reach{"all": {}, "private": {Private: true}, "loopback": {Loopback: true}} {
			want := who != "none" && (who == "all" || who == name)
			if got := r.Allows(a); got != want {
				t.Errorf("%s from %s: %v", address, name, got)
			}
		}
	}
}

// What a name resolves to is judged, not the name; plain text goes to this machine alone.
func TestDialer(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for name, x := range map[string]struct {
		reach.Reach

		host  string
		plain bool
		want  bool
	}{
		"loopback":            {reach.Reach{Loopback: true}, "127.0.0.1", false, true},
		"loopback, plain":     {reach.Reach{Loopback: true}, "127.0.0.1", true, true},
		"by name":             {reach.Reach{Loopback: true}, "localhost", true, true},
		"not loopback":        {reach.Reach{Private: true}, "127.0.0.1", false, false},
		"not loopback's name": {reach.Reach{}, "localhost", false, false},
		"plain to elsewhere":  {reach.Reach{}, "192.0.2.1", true, false},
	} {
		c, err := x.Dialer(x.plain).DialContext(t.Context(), "tcp", net.JoinHostPort(x.host, port))
		if (err == nil) != x.want || !x.want && !errors.Is(err, reach.ErrOutside) {
			t.Errorf("%s: %v", name, err)
		}
		if c != nil {
			_ = c.Close()
		}
	}
}
