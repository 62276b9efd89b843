package push

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// maxEndpoint is the length of an endpoint in bytes. Those of browsers have about 250.
const maxEndpoint = 1024

// Services says which endpoints may be bound. The zero value allows none.
type Services struct {
	hosts    []string // "push.example", ".push.example" for all below, "push.example:8443"
	loopback bool
}

// ParseServices reads a list of hosts, separated by commas: a name stands for itself at port
// 443, *.NAME for all names below it, NAME:PORT for another port. With loopback, endpoints of
// this machine are allowed besides, at any port and also by plain http; it is for tests
// and demonstrations. The fault "push.services" (Invalid) says what is wrong.
func ParseServices(list string, loopback bool) (s Services, err error) {
	s.loopback = loopback
	for h := range strings.SplitSeq(list, ",") {
		h = strings.ToLower(strings.TrimSpace(h))
		if h == "" {
			continue
		}
		name, below := strings.CutPrefix(h, "*.")
		u, err := url.Parse("https://" + name)
		if err != nil || u.Host != name || !named(u.Hostname()) || strings.HasSuffix(name, ":") || below && !strings.Contains(name, ".") {
			return Services{}, fault.Invalidf("push.services", "A push service is named by its host, such as fcm.googleapis.com or *.notify.windows.com; %q is none.", h)
		}
		if below {
			name = "." + name
		}
		s.hosts = append(s.hosts, strings.TrimSuffix(name, ":443"))
	}
	return s, nil
}

// named reports whether a host is a name, and not an address.
func named(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && !strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".")
}

func (s Services) on() bool { return len(s.hosts) > 0 || s.loopback }

// check returns the host of an endpoint; the fault "push.endpoint" (Invalid) says that it may
// not be bound. It does not quote it.
func (s Services) check(endpoint string) (host string, err error) {
	u, err := url.Parse(endpoint)
	if err != nil || len(endpoint) > maxEndpoint || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return "", fault.Invalidf("push.endpoint", "An endpoint is an https address of at most %d bytes, without a user name and without a fragment.", maxEndpoint).WithField("/endpoint")
	}
	host = strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	if u.Scheme == "https" && s.lists(host) || s.loopback && (u.Scheme == "https" || u.Scheme == "http") && loopback(u.Hostname()) {
		return host, nil
	}
	return "", fault.Invalidf("push.endpoint", "The endpoint is not one of the push services that this installation works with.").WithField("/endpoint")
}

func (s Services) lists(host string) bool {
	return slices.ContainsFunc(s.hosts, func(h string) bool {
		return h == host && h[0] != '.' || h[0] == '.' && strings.HasSuffix(host, h) && host[0] != '.'
	})
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || host == "localhost"
}
