package self_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/web/self"
)

// listener is a risk engine that keeps where customers came from.
type listener struct {
	hub.Judge
	from []netip.Addr
}

func (l *listener) Guard(ctx context.Context, _ time.Duration, f func(context.Context) (risk.Assessment, error)) (risk.Assessment, error) {
	return f(ctx)
}

func (l *listener) Session(_ context.Context, _ audit.Actor, c risk.Call) (risk.Assessment, error) {
	l.from = append(l.from, c.Address)
	return risk.Assessment{Result: score.Failed()}, nil
}

// TestTheEngineHearsTheCustomersAddress: behind a proxy of the bank's it is the customer's
// that is judged, not the proxy's, and nobody else says what it is.
func TestTheEngineHearsTheCustomersAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.activate(func(set *policy.Set) {
		for i := range set.Journeys {
			if set.Journeys[i].Purpose == policy.PurposeLogin {
				set.Journeys[i].Risk.On = true
			}
		}
	})
	w.customer("1001", "T1")
	heard := &listener{}
	w.cfg.Hub = hub.New(hub.Config{DB: w.db, Ring: keyringtest.Open(t, w.db), Policies: w.cfg.Policies, Rand: rand.Reader, Risk: heard, Methods: map[policy.Method]authenticator.Method{
		policy.MethodToken: w.cfg.Tokens, policy.MethodPassword: w.secrets, policy.MethodPasscode: w.codes,
	}})
	w.cfg.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	pages, err := self.New(w.cfg)
	w.must(err)
	for _, x := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5000", "", "192.0.2.1"},
		{"192.0.2.1:5000", "198.51.100.7", "192.0.2.1"}, // a stranger's invention
		{"10.1.2.3:5000", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		{"[fd00::1]:5000", "198.51.100.7", "fd00::1"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(url.Values{"customer_number": {"1001"}, "code": {code(t, "T1", 0)}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("X-Forwarded-For", x.forwarded)
		r.RemoteAddr = x.peer
		heard.from = nil
		pages.ServeHTTP(httptest.NewRecorder(), r)
		if len(heard.from) != 1 || heard.from[0].String() != x.want {
			t.Errorf("%s by %q: the engine hears %v, want %s", x.peer, x.forwarded, heard.from, x.want)
		}
	}
}
