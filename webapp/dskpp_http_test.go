//go:build browser

package webapp_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	rules "github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/pskc"
)

// ledger is the desk of mobile tokens, and keeps the keys that were provisioned, so that codes can
// be compared at a moment of the test's choice.
type ledger struct {
	*mobiletoken.Desk

	set  *rules.Set
	mu   sync.Mutex
	keys map[string]pskc.Key // by name
}

// Active implements dskppserver's policies.
func (l *ledger) Active() *rules.Set { return l.set }

// Provision implements dskppserver.Desk.
func (l *ledger) Provision(ctx context.Context, p mobiletoken.Provisioned) (mobiletoken.Token, bool, error) {
	t, done, err := l.Desk.Provision(ctx, p)
	if done {
		app, _ := l.set.Application(t.Application)
		k := pskc.Key{Algorithm: pskc.AlgorithmTOTP, Secret: pskc.NewSecret(p.Key), Response: &pskc.ResponseFormat{Length: app.Keys.Digits}}
		if app.Keys.Code == rules.KeyHOTP {
			k.Algorithm = pskc.AlgorithmHOTP
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.keys[p.KeyID] = k
	}
	return t, done, err
}

// check says whether a code is that of a new key.
func (l *ledger) check(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	k, known := l.keys[r.URL.Query().Get("key")]
	l.mu.Unlock()
	want, err := codeOf(&k)
	if !known || err != nil || r.URL.Query().Get("code") != want {
		_, _ = io.WriteString(w, "another")
		return
	}
	_, _ = io.WriteString(w, "the same")
}

const twoApplications = `policies:
  - {code: mobile-code, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[mobile-code]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: clock, name: Clock, download: "https://bank.example/app", keys: {digits: 8}, policies: [mobile-code]}
  - {code: events, name: Events, download: "https://bank.example/app", keys: {code: hotp, digits: 6}, policies: [mobile-code]}
`

// TestTokenAgainstTheServer runs the client in Chromium against the server of mobile tokens, over
// HTTP and with a database: all that the server offers, lost and changed answers, and refusals.
func TestTokenAgainstTheServer(t *testing.T) {
	clock := dbtest.NewClock()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
	set, err := rules.Parse([]byte(twoApplications))
	if err != nil {
		t.Fatal(err)
	}
	ring := keyringtest.Open(t, d)
	l := &ledger{set: set, keys: map[string]pskc.Key{}}
	if l.Desk, err = mobiletoken.New(mobiletoken.Config{DB: d, Ring: ring, Policies: l, Rand: rand.Reader, Outbox: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})}); err != nil {
		t.Fatal(err)
	}
	cards := &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}
	by, customers := audit.System("test"), 0
	issue := func(app string) dskpp.Code {
		customers++
		c, err := cards.Create(t.Context(), by, customer.New{Number: strconv.Itoa(1000 + customers)})
		if err != nil {
			t.Fatal(err)
		}
		_, out, err := l.Enroll(t.Context(), by, mobiletoken.Enrollment{Customer: c.ID, Application: app})
		if err != nil {
			t.Fatal(err)
		}
		return dskpp.Code{ClientID: out.ClientID, Password: out.Password}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /check", l.check)
	count := 0
	url, results := stage(t, mux, policy, func(url string) material {
		secret := ring.Derive("dskpp.server")
		server, err := dskppserver.New(dskppserver.Config{
			Desk: l, Policies: l, Limiter: client.NewLimiter(clock.Now, client.Rate{PerSecond: 10_000, Burst: 10_000}), URL: url, ID: url, Issuer: "Example Bank",
			Secret: secret[:], Now: clock.Now, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		mux.Handle(dskppserver.Path, server)
		scenes := serverScenes(url, issue)
		count = len(scenes)
		return material{Scenes: scenes}
	})
	perform(t, url, results, count)
	t.Logf("%d scenes", count)
}

// serverScenes are what the server of mobile tokens offers, and what can happen on the way.
func serverScenes(url string, issue func(app string) dskpp.Code) (all []scene) {
	types := map[string]string{"clock": pskc.AlgorithmTOTP, "events": pskc.AlgorithmHOTP}
	add := func(s scene, app string, code dskpp.Code) {
		s.URL, s.Check, s.Code = dskppserver.URL(url, app), url+"/check", code.Human()
		if s.KeyType == "" {
			s.KeyType = types[app]
		}
		if s.PRF == "" {
			s.PRF = dskpp.PRFSHA256
		}
		s.Name = s.Method + ", " + app + ", " + s.PRF + " " + s.Trouble + s.Refusal
		all = append(all, s)
	}
	for _, method := range []string{"server", "transport"} {
		for app := range types {
			for _, prf := range []string{dskpp.PRFSHA256, dskpp.PRFAES} {
				add(scene{Method: method, PRF: prf}, app, issue(app))
			}
		}
		for _, trouble := range []string{"lost", "closed", "tampered", "no-echo"} {
			add(scene{Method: method, Trouble: trouble}, "clock", issue("clock"))
		}
		wrong := issue("clock")
		wrong.Password = "00000000000000000000"
		add(scene{Method: method, Refusal: string(dskpp.AuthenticationDataInvalid)}, "clock", wrong)
		add(scene{Method: method, Refusal: string(dskpp.AuthenticationDataInvalid)}, "clock", issue("events"))
		add(scene{Method: method, KeyType: pskc.AlgorithmHOTP, Refusal: string(dskpp.NoSupportedKeyTypes)}, "clock", issue("clock"))
	}
	for _, trouble := range []string{"with-secret", "other-session", "foreign-key"} {
		add(scene{Method: "server", Trouble: trouble}, "clock", issue("clock"))
	}
	add(scene{Method: "transport", Trouble: "other-method"}, "clock", issue("clock"))
	add(scene{Method: "shared", SharedName: "k", Shared: hexOf([]byte("0123456789abcdef")), Refusal: string(dskpp.NoSupportedEncryptionAlgorithms)}, "clock", issue("clock"))
	return all
}
