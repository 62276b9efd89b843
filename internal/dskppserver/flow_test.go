package dskppserver_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/pskc"
)

// transport offers two passes with a key of the client.
func transport(t testing.TB) func(*dskpp.Client) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *dskpp.Client) { c.FourPass, c.Method, c.Private = false, dskpp.Transport, key }
}

// confirm gives the first code that a phone shows.
func (w *world) confirm(t domain.Token, on *mobiletoken.Token) {
	w.Helper()
	code, err := on.Code(pin, w.clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	out, err := w.desk.Confirm(w.Context(), system, t.Customer, t.ID, code)
	if err != nil || out.Reason != domain.Accepted || out.Token.Status != domain.Active {
		w.Fatalf("%q, %v, %s", out.Reason, err, out.Token.Status)
	}
}

// TestProvisioning: an app gets the key of its token by all that the server offers, and its
// first code proves it (D-69, D-67); the code is used, and nothing readable is left of the run.
func TestProvisioning(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, c := range []struct {
			name, app string
			offer     func(*dskpp.Client)
		}{
			{"four passes", "bank", nil},
			{"four passes, AES", "bank", func(c *dskpp.Client) { c.MACs = []string{dskpp.PRFAES} }},
			{"two passes, OAEP", "bank", func(c *dskpp.Client) { transport(t)(c); c.Encryption = []string{dskpp.RSAOAEP} }},
			{"two passes, PKCS #1", "bank", func(c *dskpp.Client) { transport(t)(c); c.Encryption = []string{dskpp.RSA15} }},
			{"a counter", "events", nil},
		} {
			x, out, code := w.issue(strconv.Itoa(i), c.app)
			app := phone(w.first)
			app.Offer = c.offer
			got, err := app.Enroll(t.Context(), dskppserver.URL(address, c.app), code.Human(), pin)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if got.Serial != x.Serial || got.Issuer != "bank.example" || got.ServerID != address || len(got.ID) != 32 {
				t.Errorf("%s: %+v", c.name, got)
			}
			w.confirm(x, got)
			if n := w.count("mobile_code WHERE client_id = $1 AND status = 'used' AND password IS NULL", out.ClientID); n != 1 {
				t.Errorf("%s: the code is not used up", c.name)
			}
			if _, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, c.app), code.Human(), pin); !is(err, dskpp.AuthenticationDataInvalid) {
				t.Errorf("%s: a second time: %v", c.name, err)
			}
		}
		if !slices.Contains(w.seen, "Success") || !slices.Contains(w.seen, "Continue") || !slices.Contains(w.seen, "AuthenticationDataInvalid") {
			t.Errorf("observed: %v", w.seen)
		}
	})
}

// is tells whether err is a status of the server.
func is(err error, s dskpp.Status) bool {
	var e *dskpp.StatusError
	return errors.As(err, &e) && e.Status == s
}

// TestAnyNode: each message may reach another node, and so may a repetition (D-51, IP-07).
func TestAnyNode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second, _ := w.node(nil)
		x, _, code := w.issue("1", "bank")
		app := phone(nil)
		calls := 0
		app.HTTP = &http.Client{Transport: &wire{handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			calls++
			[]http.Handler{second, w.first}[calls%2].ServeHTTP(rw, r)
		})}}
		got, err := app.Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin)
		if err != nil || calls != 2 {
			t.Fatalf("%d messages, %v", calls, err)
		}
		w.confirm(x, got)
	})
}

// TestLostAnswers: whichever last answer is lost, the same request gets the same octets, from any
// node and also when it comes at the same moment; there is one key (D-53, section 10.2.3).
func TestLostAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second, _ := w.node(nil)
		for name, change := range map[string]func(*dskpp.Client){"four passes": nil, "two passes": transport(t)} {
			x, _, code := w.issue(strings.ReplaceAll(name, " ", "-"), "bank")
			run := begin(t, code, "bank", change)
			for key := (*dskpp.Key)(nil); key == nil; {
				req := run.Request()
				answers := make([][]byte, 6)
				var all sync.WaitGroup
				for i := range answers {
					all.Go(func() {
						_, answers[i] = message(t, post(t, []http.Handler{w.first, second}[i%2], "/dskpp/bank", req))
					})
				}
				all.Wait()
				for _, a := range answers {
					if hello, _ := dskpp.Parse(a); !isHello(hello) && !bytes.Equal(a, answers[0]) {
						t.Fatalf("%s: two answers to one request:\n%s\n%s", name, a, answers[0])
					}
				}
				var err error
				if key, err = run.Answer(answers[0]); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if n := w.count("mobile_key WHERE customer = $1 AND usage = 'code'", x.Customer); n != 1 {
				t.Errorf("%s: %d keys", name, n)
			}
		}
	})
}

// isHello tells whether a message is a ServerHello: to the same first message of four passes
// there may be several, for it may come from several phones.
func isHello(m dskpp.Message) bool {
	_, ok := m.(*dskpp.ServerHello)
	return ok
}

// TestTwoDevices: of many devices that redeem one code on two nodes at once, one gets a key;
// the others learn what a wrong code does.
func TestTwoDevices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second, _ := w.node(nil)
		for round, change := range []func(*dskpp.Client){nil, transport(t)} {
			x, _, code := w.issue("round"+string(rune('1'+round)), "bank")
			var won atomic.Pointer[mobiletoken.Token]
			var wins atomic.Int64
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() {
					app := phone([]http.Handler{w.first, second}[i%2])
					app.Offer = change
					got, err := app.Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin)
					switch {
					case err == nil:
						won.Store(got)
						wins.Add(1)
					case !is(err, dskpp.AuthenticationDataInvalid):
						t.Errorf("round %d: the slower one: %v", round, err)
					}
				})
			}
			all.Wait()
			if wins.Load() != 1 {
				t.Fatalf("round %d: %d devices have a key", round, wins.Load())
			}
			w.confirm(x, won.Load())
		}
		if n := w.count("mobile_session WHERE status = 'ended' AND body IS NOT NULL"); n != 0 {
			t.Errorf("%d runs that failed left messages behind (D-34)", n)
		}
	})
}

// TestExpiredCode: that a code has run out is told behind a right proof only (D-17).
func TestExpiredCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _, code := w.issue("1", "bank")
		w.clock.Advance(8 * 24 * time.Hour)
		wrong := code
		wrong.Password = "00000000000000000000"
		for want, code := range map[dskpp.Status]dskpp.Code{dskpp.ProvisioningPeriodExpired: code, dskpp.AuthenticationDataInvalid: wrong} {
			if _, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin); !is(err, want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	})
}

// TestRunsEnd: a run that failed, ran out or was never there is over, and its id with it (D-35).
func TestRunsEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _, code := w.issue("1", "bank")
		wrong := code
		wrong.Password = "00000000000000000000"
		run := begin(t, wrong, "bank", nil)
		_, raw := message(t, post(t, w.first, "/dskpp/bank", run.Request()))
		if _, err := run.Answer(raw); err != nil {
			t.Fatal(err)
		}
		if s := status(t, post(t, w.first, "/dskpp/bank", run.Request())); s != dskpp.AuthenticationDataInvalid {
			t.Error(s)
		}
		if s := status(t, post(t, w.first, "/dskpp/bank", run.Request())); s != dskpp.Abort {
			t.Errorf("again, when the run is over: %s", s)
		}
		late := begin(t, code, "bank", nil)
		_, raw = message(t, post(t, w.first, "/dskpp/bank", late.Request()))
		if _, err := late.Answer(raw); err != nil {
			t.Fatal(err)
		}
		elsewhere := late.Request()
		if s := status(t, post(t, w.first, "/dskpp/events", elsewhere)); s != dskpp.Abort {
			t.Errorf("at another application: %s", s)
		}
		w.clock.Advance(11 * time.Minute)
		if s := status(t, post(t, w.first, "/dskpp/bank", elsewhere)); s != dskpp.Abort {
			t.Errorf("after its time: %s", s)
		}
		if _, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin); err != nil {
			t.Errorf("the code is not spent by a run that was not finished: %v", err)
		}
	})
}

// TestSameKey: a token that keeps its key comes to its next phone in two passes, and cannot in
// four.
func TestSameKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _, code := w.issue("1", "same")
		old, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "same"), code.Human(), pin)
		if err != nil {
			t.Fatal(err)
		}
		w.confirm(x, old)
		w.clock.Advance(time.Minute)
		again, err := w.desk.Redistribute(t.Context(), system, domain.Order{Customer: x.Customer, Token: x.ID}, domain.Handing{})
		if err != nil {
			t.Fatal(err)
		}
		code = dskpp.Code{ClientID: again.ClientID, Password: again.Password}
		if _, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "same"), code.Human(), pin); !is(err, dskpp.InitializationFailed) {
			t.Errorf("in four passes: %v", err)
		}
		app := phone(w.first)
		two := transport(t)
		app.Offer = func(c *dskpp.Client) { two(c); c.FourPass = true }
		next, err := app.Enroll(t.Context(), dskppserver.URL(address, "same"), code.Human(), pin)
		if err != nil {
			t.Fatal(err)
		}
		one, _ := old.Code(pin, w.clock.Now())
		other, _ := next.Code(pin, w.clock.Now())
		if one != other || next.ID == old.ID {
			t.Errorf("%s and %s", one, other)
		}
		w.confirm(x, next)
	})
}

// TestRenewal: a key is replaced with a proof of the old one, which only its token's own
// device has; nobody else's key is (D-30, D-43, D-66).
func TestRenewal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _, code := w.issue("1", "bank")
		app := phone(w.first)
		old, err := app.Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin)
		if err != nil {
			t.Fatal(err)
		}
		w.confirm(x, old)
		w.clock.Advance(time.Minute)
		again, err := w.desk.Redistribute(t.Context(), system, domain.Order{Customer: x.Customer, Token: x.ID}, domain.Handing{})
		if err != nil {
			t.Fatal(err)
		}
		trigger := dskpp.NewTrigger(dskppserver.URL(address, "bank"), dskpp.Code{ClientID: again.ClientID, Password: again.Password})
		trigger.KeyID = []byte(old.ID)
		next, err := app.Follow(t.Context(), trigger.Format(), pin)
		if err != nil {
			t.Fatal(err)
		}
		if app.Token(old.ID) != nil || len(app.Storage.Tokens) != 1 {
			t.Error("the old key is still there")
		}
		w.confirm(x, next)

		_, _, strange := w.issue("2", "bank")
		run := begin(t, strange, "bank", func(c *dskpp.Client) {
			c.Old = &dskpp.Replaced{KeyID: []byte(next.ID), Token: pskc.NewSecret(make([]byte, 20))}
		})
		if _, err := run.Answer(post(t, w.first, "/dskpp/bank", run.Request()).body); !errors.Is(err, dskpp.ErrMAC) {
			t.Errorf("whoever does not have the key cannot replace it: %v", err)
		}
	})
}
