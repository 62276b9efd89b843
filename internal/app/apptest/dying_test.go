package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/token"
)

const (
	deaths  = 6
	signers = 6
)

// TestAThirdNodeDies is invariants 1 and 10 on a cluster: while two nodes on one
// PostgreSQL serve, a third is killed and started again in a loop, under logins, payments,
// resynchronizations and unlock codes. What it did not answer is shown to both others
// at once, and what it accepted to one of them. No code and no challenge is good
// twice, and no act that was acknowledged by any node is lost. A request without an
// answer may have been done: then neither of the others does it.
func TestAThirdNodeDies(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it again and again")
	}
	in := apptest.Install(t, dbtest.DSN(t, db.Postgres), nil)
	c := &cluster{t: t}
	for i := range c.steady {
		c.steady[i] = in.Serve(t, program(t)).Bank()
		defer c.steady[i].Close()
	}
	var serials []string
	for n := range signers {
		serials = append(serials, fmt.Sprint("D", n))
	}
	var all []*signerOf
	for n, k := range in.Keypads(t, serials...) {
		all = append(all, c.signer(n, k))
	}
	var load sync.WaitGroup
	for _, s := range all {
		load.Go(s.run)
	}
	for range deaths {
		node := in.Serve(t, program(t))
		dying := node.Bank()
		c.dying.Store(dying)
		time.Sleep(time.Duration(200+rand.IntN(400)) * time.Millisecond)
		node.Kill()
		dying.Close()
	}
	c.over.Store(true)
	load.Wait()
	if c.unanswered.Load() < deaths {
		t.Errorf("only %d acts were not answered: nobody died under load", c.unanswered.Load())
	}
	t.Logf("%d acts were acknowledged and %d were not answered around %d deaths", c.acked.Load(), c.unanswered.Load(), deaths)
	in.Verify(t)
	in.Open(t, func(a *app.App) {
		for _, s := range all {
			s.check(a, in.Application(t))
		}
	})
}

// cluster is two nodes that live and one that dies.
type cluster struct {
	t                 *testing.T
	steady            [2]*apptest.Bank
	dying             atomic.Pointer[apptest.Bank]
	over              atomic.Bool
	acked, unanswered atomic.Int64
}

// signerOf is a customer with a token who does one thing after another.
type signerOf struct {
	*cluster
	*apptest.Keypad
	number, identification string
	payment                map[string]any
	entries                []string
	round                  int
	granted                []string // handles
	done                   map[string]int
}

func (c *cluster) signer(n int, k *apptest.Keypad) *signerOf {
	c.t.Helper()
	b, number := c.steady[0], strconv.Itoa(70000+n)
	s := &signerOf{cluster: c, Keypad: k, number: number, done: map[string]int{}}
	b.CreateCustomer(c.t, number)
	r := b.Begin(c.t, number, b.ActivationCode(c.t, number))
	b.Token(c.t, r.Handle, k.Serial)
	if r = b.Confirm(c.t, r.Handle, k.Press()); r.State != "done" {
		c.t.Fatalf("not registered: %+v", r)
	}
	var passed struct {
		ID string `json:"id"`
	}
	var answers []map[string]any
	for q := range strings.SplitSeq(right, ",") {
		answers = append(answers, map[string]any{"question": q, "right": true})
	}
	b.Must(c.t, &passed, http.MethodPost, "/v1/customers/"+number+"/identifications", map[string]any{"way": "call", "answers": answers})
	s.identification = passed.ID
	s.payment = map[string]any{"orders": []any{map[string]any{
		"payee": map[string]any{"scheme": "iban", "account": "DE89370400440532013000", "name": "Wood & Sons"}, "amount": "12.50", "currency": "EUR",
	}}}
	s.entries = s.typed(b)
	return s
}

// typed asks what is typed into the token for the payment.
func (s *signerOf) typed(b *apptest.Bank) (texts []string) {
	var started struct {
		Signing []struct {
			Models  []string `json:"models"`
			Entries []struct {
				Text string `json:"text"`
			} `json:"entries"`
		} `json:"signing"`
	}
	b.Must(s.t, &started, http.MethodPost, "/v1/authentications", map[string]any{"customer_number": s.number, "purpose": "payment", "channel": "web", "payment": s.payment})
	for _, x := range started.Signing {
		if slices.Contains(x.Models, "k400") {
			for _, e := range x.Entries {
				texts = append(texts, e.Text)
			}
		}
	}
	return texts
}

// request is an act as it is sent; yes reads whether it was done.
type request struct {
	kind, path string
	body       map[string]any
	yes        func(apptest.Answer) (handle string, yes bool)
}

func (s *signerOf) run() {
	for !s.over.Load() {
		s.round++
		for _, r := range s.requests() {
			if !s.send(r) {
				return
			}
		}
	}
}

// requests is a round of acts: the last one clears what the repetitions counted.
func (s *signerOf) requests() []request {
	auth := func(kind, purpose string, more map[string]any) request {
		body := map[string]any{"customer_number": s.number, "purpose": purpose, "channel": "web"}
		for k, v := range more {
			body[k] = v
		}
		return request{kind, "/v1/authentications", body, func(a apptest.Answer) (string, bool) {
			var out apptest.Authentication
			_ = json.Unmarshal(a.Body, &out)
			return out.Handle, out.State == "granted"
		}}
	}
	upkeep := func(kind, path, good string, more map[string]any) request {
		body := map[string]any{"customer_number": s.number, "identification": s.identification}
		for k, v := range more {
			body[k] = v
		}
		return request{kind, "/v1/tokens/" + s.Serial + path, body, func(a apptest.Answer) (string, bool) { return "", strings.Contains(string(a.Body), good) }}
	}
	s.Logins += 15 // out of the window
	a, b := s.Press(), s.Press()
	challenge := apptest.Challenge(s.round*1000 + 7)
	return []request{
		auth("payment", "payment", map[string]any{"payment": s.payment, "proof": map[string]any{"code": s.Sign(s.entries...)}}),
		upkeep("resync", "/resync", `"synchronized"`, map[string]any{"codes": []string{a, b}}),
		upkeep("unlock", "/unlock", s.Opens(challenge), map[string]any{"challenge": challenge}),
		auth("login", "login", map[string]any{"proof": map[string]any{"code": s.Press()}}),
	}
}

// send sends a request to the node that dies. Whatever it answers, the others are
// asked as well; one of all may say yes, and one must, if the node that died has
// not done it unheard.
func (s *signerOf) send(r request) bool {
	yes := 0
	var a apptest.Answer
	count := func(b *apptest.Bank) (answered bool) {
		var err error
		a, err = b.Call(http.MethodPost, r.path, "", r.body)
		if err != nil {
			return false
		}
		if handle, ok := r.yes(a); ok {
			yes++
			s.done[r.kind]++
			if handle != "" {
				s.granted = append(s.granted, handle)
			}
		}
		return true
	}
	dying := s.dying.Load()
	answered := dying != nil && count(dying)
	if answered {
		if yes != 1 {
			s.t.Errorf("%s of %s, round %d, was refused: %d %.200s", r.kind, s.number, s.round, a.Status, a.Body)
			return false
		}
		s.acked.Add(1)
		count(s.steady[0])
	} else {
		s.unanswered.Add(1)
		s.bothAtOnce(r, &yes)
	}
	if yes > 1 {
		s.t.Errorf("%s of %s, round %d, was done %d times", r.kind, s.number, s.round, yes)
	}
	return yes <= 1
}

func (s *signerOf) bothAtOnce(r request, yes *int) {
	var both sync.WaitGroup
	var answers [2]apptest.Answer
	for i, b := range s.steady {
		both.Go(func() {
			var err error
			if answers[i], err = b.Call(http.MethodPost, r.path, "", r.body); err != nil {
				s.t.Error(err)
			}
		})
	}
	both.Wait()
	for _, a := range answers {
		if handle, ok := r.yes(a); ok {
			*yes++
			s.done[r.kind]++
			s.acked.Add(1)
			if handle != "" {
				s.granted = append(s.granted, handle)
			}
		}
	}
}

// check looks for every act that was acknowledged, and its record; and that what was
// recorded could have been done with as many codes as there were.
func (s *signerOf) check(a *app.App, by audit.Actor) {
	s.t.Helper()
	for _, h := range s.granted {
		if o, err := a.Hub.Get(context.Background(), by, h); err != nil || o.State != hub.Granted {
			s.t.Errorf("customer %s: an acknowledged authentication is %q, %v", s.number, o.State, err)
		}
	}
	for what, c := range map[string]struct {
		acked int
		kind  string
		most  int
	}{
		"granted":        {s.done["payment"] + s.done["login"], hub.AuditGranted, 2 * s.round},
		"resynchronized": {s.done["resync"], token.AuditResynced, s.round},
		"unlocked":       {s.done["unlock"], token.AuditUnlocked, s.round},
	} {
		var n int
		err := a.DB.Read(context.Background(), func(tx *db.Tx) error {
			return tx.Row("SELECT COUNT(*) FROM journal j JOIN device d ON d.customer = j.customer WHERE d.serial = $1 AND j.kind = $2", s.Serial, c.kind).Scan(&n)
		})
		if err != nil {
			s.t.Error(err)
		}
		if n < c.acked || n > c.most || c.acked < s.round/2 {
			s.t.Errorf("customer %s was %s %d times by the records; %d times were acknowledged, and %d is all there was", s.number, what, n, c.acked, c.most)
		}
	}
}
