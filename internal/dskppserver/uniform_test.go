package dskppserver_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
)

// TestUniform: codes that do not exist, wrong, used, taken back and locked ones get the same octets
// but for the session, by the same statements, and the record of a failure is written after the
// answer (IP-23, D-14, D-24).
func TestUniform(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		wrong := func(c dskpp.Code) dskpp.Code { c.Password = "00000000000000000000"; return c }
		_, _, plain := w.issue("1", "bank")
		_, _, used := w.issue("2", "bank")
		if _, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "bank"), used.Human(), pin); err != nil {
			t.Fatal(err)
		}
		gone, _, cancelled := w.issue("3", "bank")
		if _, err := w.desk.Cancel(t.Context(), system, domain.Order{Customer: gone.Customer, Token: gone.ID}); err != nil {
			t.Fatal(err)
		}
		_, _, locked := w.issue("4", "bank")
		for range 5 {
			_, _ = phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "bank"), wrong(locked).Human(), pin)
		}
		_, _, elsewhere := w.issue("5", "events")
		nobody := dskpp.Code{ClientID: "0123456789", Password: plain.Password}
		first, least := "", [2]uint64{}
		for _, x := range []struct {
			name string
			code dskpp.Code
		}{
			{"wrong", wrong(plain)}, {"unknown", nobody}, {"used", used}, {"wrong and used", wrong(used)}, {"taken back", cancelled}, {"locked", locked}, {"of another application", elsewhere},
		} {
			run := begin(t, x.code, "bank", nil)
			_, raw := message(t, post(t, w.first, "/dskpp/bank", run.Request()))
			if _, err := run.Answer(raw); err != nil {
				t.Fatal(err)
			}
			answer, cost := w.cost(func(rw http.ResponseWriter) {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address+"/dskpp/bank", bytes.NewReader(run.Request()))
				r.Header.Set("Content-Type", dskpp.MediaType)
				w.first.ServeHTTP(rw, r)
			})
			answer = regexp.MustCompile(`SessionID="[0-9a-f]{32}"`).ReplaceAllString(answer, "")
			if first == "" {
				first, least = answer, cost
			}
			if answer != first || !strings.Contains(answer, "AuthenticationDataInvalid") {
				t.Errorf("%s: %s\nwant %s", x.name, answer, first)
			}
			if cost != least || cost[0] == 0 {
				t.Errorf("%s: %v statements and units before the answer; a wrong one %v", x.name, cost, least)
			}
		}
		if n := w.count("journal WHERE kind = $1", domain.AuditRefused); n == 0 {
			t.Error("no failure was recorded")
		}
	})
}

// cost is what a request does until its answer is written.
func (w *world) cost(serve func(http.ResponseWriter)) (answer string, cost [2]uint64) {
	before := w.d.Stats()
	rec := &watched{ResponseRecorder: httptest.NewRecorder()}
	rec.seen = func() {
		s := w.d.Stats()
		cost = [2]uint64{s.Statements - before.Statements, s.Units - before.Units}
	}
	serve(rec)
	return rec.Body.String(), cost
}

// watched tells when the answer is written.
type watched struct {
	*httptest.ResponseRecorder

	seen func()
}

func (w *watched) Write(b []byte) (int, error) {
	w.seen()
	return w.ResponseRecorder.Write(b)
}

// slowDesk holds attempts until it is told.
type slowDesk struct {
	oneKey

	inside atomic.Int64
	most   atomic.Int64
	gate   chan struct{}
}

func (d *slowDesk) Attempt(ctx context.Context, id string) (domain.Attempt, error) {
	n := d.inside.Add(1)
	defer d.inside.Add(-1)
	for m := d.most.Load(); n > m && !d.most.CompareAndSwap(m, n); m = d.most.Load() {
	}
	<-d.gate
	return d.oneKey.Attempt(ctx, id)
}

// TestTheLineIsBounded: of many that need a key derivation as many run as may, as many wait, and
// the others are refused with 403; messages that need none are answered meanwhile.
func TestTheLineIsBounded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		slow := &slowDesk{oneKey: oneKey{w.desk}, gate: make(chan struct{})}
		s, _ := w.node(func(c *dskppserver.Config) { c.Desk, c.Running, c.Waiting = slow, 2, 3 })
		var runs []*dskpp.Run
		for range 8 {
			_, _, code := w.issue("c"+string(rune('a'+len(runs))), "bank")
			run := begin(t, code, "bank", nil)
			_, raw := message(t, post(t, s, "/dskpp/bank", run.Request()))
			if _, err := run.Answer(raw); err != nil {
				t.Fatal(err)
			}
			runs = append(runs, run)
		}
		var served, refused atomic.Int64
		var all sync.WaitGroup
		for _, run := range runs {
			all.Go(func() {
				switch res := post(t, s, "/dskpp/bank", run.Request()); res.code {
				case http.StatusOK:
					served.Add(1)
				case http.StatusForbidden:
					refused.Add(1)
				default:
					t.Error(res.code)
				}
			})
		}
		for refused.Load() < 3 || slow.inside.Load() < 2 { // the line is full
			time.Sleep(time.Millisecond)
		}
		if got := status(t, post(t, s, "/dskpp/bank", []byte(xmlOpen+lists+xmlShut))); got != dskpp.Continue {
			t.Errorf("a hello while the line is full: %s", got)
		}
		close(slow.gate)
		all.Wait()
		if served.Load() != 5 || refused.Load() != 3 || slow.most.Load() != 2 {
			t.Errorf("%d served, %d refused, %d at once", served.Load(), refused.Load(), slow.most.Load())
		}
	})
}

// brokenDesk fails inside.
type brokenDesk struct{ oneKey }

func (brokenDesk) Attempt(context.Context, string) (domain.Attempt, error) {
	return domain.Attempt{}, errors.New("the password is 1234")
}

// TestInternalErrors: an error of ours is 500, tells nothing, and the same message works
// afterwards (D-71).
func TestInternalErrors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		broken, _ := w.node(func(c *dskppserver.Config) { c.Desk = brokenDesk{oneKey{w.desk}} })
		_, _, code := w.issue("1", "bank")
		run := begin(t, code, "bank", nil)
		_, raw := message(t, post(t, broken, "/dskpp/bank", run.Request()))
		if _, err := run.Answer(raw); err != nil {
			t.Fatal(err)
		}
		res := post(t, broken, "/dskpp/bank", run.Request())
		if res.code != http.StatusInternalServerError || strings.Contains(string(res.body), "1234") {
			t.Errorf("%d: %s", res.code, res.body)
		}
		_, raw = message(t, post(t, w.first, "/dskpp/bank", run.Request()))
		if key, err := run.Answer(raw); err != nil || key == nil {
			t.Errorf("the same message afterwards: %v", err)
		}
	})
}

// TestNothingReadable: neither password nor key of a run that has succeeded is in the database in
// clear, nor what a run said (invariant 7).
func TestNothingReadable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _, code := w.issue("1", "bank")
		if _, err := phone(w.first).Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin); err != nil {
			t.Fatal(err)
		}
		for what, n := range map[string]int{
			"messages": w.count("mobile_session WHERE CAST(body AS TEXT) LIKE $1", "%KeyProv%"),
			"password": w.count("mobile_code WHERE password IS NOT NULL"),
		} {
			if w.d.Dialect().String() == "postgres" && what == "messages" {
				continue
			}
			if n != 0 {
				t.Errorf("%s: %d rows", what, n)
			}
		}
	})
}
