package app_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/oath"
)

// approvals puts an application in force whose tokens approve logins on the channel "phone", where the
// risk engine is asked.
func approvals(t *testing.T, a *app.App) {
	t.Helper()
	doc, err := a.Policies.Active().Format()
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Parse(doc) // a copy
	if err != nil {
		t.Fatal(err)
	}
	wrong := limit.Rule{Max: 5, CoolDown: time.Hour}
	set.Policies = append(set.Policies,
		policy.Policy{Code: "app", Name: "Approval", Method: policy.MethodApproval, Use: policy.UseCode, Failures: wrong, Approval: policy.Approval{Bank: "Example Bank", Close: time.Hour}},
		policy.Policy{Code: "picture", Name: "Picture", Method: policy.MethodPicture, Use: policy.UseCode, Failures: wrong, Approval: policy.Approval{Bank: "Example Bank"}},
	)
	set.Applications = []policy.Application{{
		Code: "bank", Name: "Bank", Download: "https://bank.example/app", Keys: policy.Keys{Sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, Policies: []string{"app", "picture"},
	}}
	set.Journeys = append(set.Journeys, policy.Journey{
		Purpose: policy.PurposeLogin, Channel: "phone", TTL: 10 * time.Minute, SCA: true, Steps: [][]string{{"app", "picture"}}, Risk: policy.JourneyRisk{On: true, StepUp: []string{"app", "picture"}},
	})
	if doc, err = set.Format(); err == nil {
		var v int64
		if v, err = a.Policies.Store(t.Context(), audit.System("test"), doc); err == nil {
			err = a.Policies.Activate(t.Context(), audit.System("test"), a.Policies.Active().Version, v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// answerer is a phone.
type answerer struct {
	token mobiletoken.Token
	key   []byte
}

func newAnswerer(t *testing.T, a *app.App, clock *dbtest.Clock, c ident.ID) answerer {
	t.Helper()
	by := audit.System("test")
	x, code, err := a.Mobile.Enroll(t.Context(), by, mobiletoken.Enrollment{Customer: c, Application: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Mobile.Attempt(t.Context(), code.ClientID); err != nil {
		t.Fatal(err)
	}
	p := answerer{token: x, key: make([]byte, 20)}
	_, _ = rand.Read(p.key)
	run := mobiletoken.Session{ID: code.ClientID, Body: []byte("the last answer"), Expires: clock.Now().Add(time.Hour)}
	copy(run.Digest[:], p.key)
	if _, done, err := a.Mobile.Provision(t.Context(), mobiletoken.Provisioned{ClientID: code.ClientID, Key: p.key, Session: run, New: true}); !done || err != nil {
		t.Fatal(done, err)
	}
	h, err := oath.NewTOTP(p.key, oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := h.Code(clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Mobile.Confirm(t.Context(), by, c, x.ID, first); err != nil || got.Reason != mobiletoken.Accepted {
		t.Fatal(got, err)
	}
	return p
}

func (p answerer) sign(t *testing.T, content, control string, now time.Time) string {
	t.Helper()
	key, err := mobiletoken.Secret(p.key, mobiletoken.UseSign)
	if err != nil {
		t.Fatal(err)
	}
	suite, err := oath.ParseSuite("OCRA-1:HOTP-SHA256-8:QH64-T1M")
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(suite, key)
	if err != nil {
		t.Fatal(err)
	}
	digits, err := o.Code(oath.Input{Question: prompt.Question(content, control), Time: now})
	if err != nil {
		t.Fatal(err)
	}
	return digits
}

// said is what the API answers.
type said struct {
	Authentication string `json:"authentication"`
	State          string `json:"state"`
	Reason         string `json:"reason"`
	Code           string `json:"code"`
	Prompt         *struct {
		State, Control, Policy string
		PollSeconds            int `json:"poll_seconds"`
	} `json:"prompt"`
	Kind, Control, Picture string
	PollSeconds            int      `json:"poll_seconds"`
	Factors                []string `json:"factors"`
	Risk                   struct{ Event string }
}

func call(t *testing.T, b *apptest.Bank, status int, method, path string, body any) (out said, retry string) {
	t.Helper()
	got, err := b.Call(method, path, "", body)
	if err != nil || got.Status != status {
		t.Fatalf("%s %s: %d %s %v; want %d", method, path, got.Status, got.Body, err, status)
	}
	if err := json.Unmarshal(got.Body, &out); err != nil {
		t.Fatal(err)
	}
	return out, got.RetryAfter
}

// TestApprovalsOverTheAPI: what a bank's page does with the JSON API: it asks, shows the digits, waits,
// submits the proof; by picture it shows the QR code and takes the digits; and "it was not me" closes
// the channel, is told to the risk engine and shown to analysts.
func TestApprovalsOverTheAPI(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), clock)
	in.Open(t, func(a *app.App) {
		approvals(t, a)
		node := in.Run(t)
		stop := sync.OnceFunc(func() { node.Stop(t) })
		defer stop()
		b := node.Bank()
		defer b.Close()
		b.CreateCustomer(t, "4711")
		c, err := a.Customers.GetByNumber(t.Context(), "4711")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Customers.AddContact(t.Context(), audit.System("test"), c.ID, customer.NewContact{Kind: customer.Phone, Value: "+436641234567", Verified: true}); err != nil {
			t.Fatal(err)
		}
		a.Texts.Gateways = []sms.Gateway{nobody{}}
		phone := newAnswerer(t, a, clock, c.ID)
		start := func() (path string) {
			t.Helper()
			out, _ := call(t, b, http.StatusCreated, "POST", "/v1/authentications", map[string]any{"customer_number": "4711", "purpose": "login", "channel": "phone"})
			return "/v1/authentications/" + out.Authentication
		}
		ask := func(path, policyCode string) said {
			t.Helper()
			out, _ := call(t, b, http.StatusCreated, "POST", path+"/challenge", map[string]any{"policy": policyCode})
			return out
		}
		inbox := func() prompt.Prompt {
			t.Helper()
			all, err := a.Prompts.Inbox(t.Context(), c.ID, phone.token.ID)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return all[0]
		}
		me := audit.Customer(c.ID)

		path := start()
		asked := ask(path, "app")
		if asked.Kind != "approval" || len(asked.Control) != 2 || asked.PollSeconds == 0 {
			t.Fatalf("%+v", asked)
		}
		none, retry := call(t, b, http.StatusConflict, "POST", path+"/steps", map[string]any{"policy": "app"})
		if none.Code != "prompt.pending" || retry == "" {
			t.Errorf("%+v, %q", none, retry)
		}
		var waited said
		var wg sync.WaitGroup
		wg.Go(func() { waited, _ = call(t, b, http.StatusOK, "GET", path+"?wait=25", nil) })
		x := inbox()
		got, err := a.Prompts.Approve(t.Context(), me, prompt.Answer{Customer: c.ID, Token: phone.token.ID, Prompt: x.ID, Digits: phone.sign(t, x.Content, asked.Control, clock.Now()), Control: asked.Control})
		if err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		wg.Wait()
		if waited.Prompt == nil || waited.Prompt.State != "approved" || waited.Prompt.Control != asked.Control {
			t.Errorf("%+v", waited)
		}
		if out, _ := call(t, b, http.StatusOK, "POST", path+"/steps", map[string]any{"policy": "app"}); out.State != "granted" || !slices.Equal(out.Factors, []string{"knowledge", "possession"}) {
			t.Fatalf("%+v", out)
		}

		path = start()
		shown := ask(path, "picture")
		if shown.Kind != "picture" || strings.Count(shown.Picture, ".") != 2 {
			t.Fatalf("%+v", shown)
		}
		var content string
		if err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT content FROM prompt WHERE method = 'picture'").Scan(&content)
		}); err != nil {
			t.Fatal(err)
		}
		if out, _ := call(t, b, http.StatusOK, "POST", path+"/steps", map[string]any{"policy": "picture", "code": phone.sign(t, content, "", clock.Now())}); out.State != "granted" {
			t.Fatalf("%+v", out)
		}

		path = start()
		ask(path, "app")
		if got, err := a.Prompts.Refuse(t.Context(), me, prompt.Refusal{Customer: c.ID, Token: phone.token.ID, Prompt: inbox().ID, Fraud: true}); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		denied, _ := call(t, b, http.StatusOK, "GET", path+"?wait=25", nil)
		if denied.State != "denied" || denied.Reason != "reported" || denied.Prompt != nil {
			t.Errorf("%+v", denied)
		}
		again, _ := call(t, b, http.StatusCreated, "POST", "/v1/authentications", map[string]any{"customer_number": "4711", "purpose": "login", "channel": "phone"})
		if again.State != "denied" || again.Reason != "channel_blocked" {
			t.Errorf("the channel stays open: %+v", again)
		}
		stop() // what it was delivering is delivered
		reported(t, a, c.ID, denied.Risk.Event)
	})
	in.Must(t, "keys", "rotate")
	in.Verify(t)
}

// reported checks what the risk engine and analysts know of a report.
func reported(t *testing.T, a *app.App, c ident.ID, event string) {
	t.Helper()
	for range 2 { // the second time there is nothing left to do
		if _, err := a.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := a.Risk.Entries(t.Context(), ident.ID{}, 10)
	if err != nil || len(all) != 1 || all[0].List != "watch" || all[0].Kind != "customer" || !strings.Contains(all[0].Note, "it was not me") {
		t.Errorf("%+v, %v", all, err)
	}
	review := risk.Review{Desk: a.Risk, Policies: a.Policies}
	cases, err := review.Queue(t.Context(), risk.Filter{Disowned: true, Limit: 10})
	if err != nil || len(cases) != 1 || cases[0].ID.String() != event || cases[0].State != risk.Rejected || cases[0].Item != risk.ItemDisowned {
		t.Errorf("%+v, %v", cases, err)
	}
	var told int
	err = a.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM sms WHERE customer = $1 AND dedupe LIKE 'prompt.reported:%'", c).Scan(&told)
	})
	if err != nil || told != 1 {
		t.Errorf("the customer was told %d times by another way, %v", told, err)
	}
	blocks, err := a.Risk.Channels(t.Context(), c)
	if err != nil || len(blocks) != 1 || blocks[0].Event.String() != event || blocks[0].By.Kind != audit.CustomerKind {
		t.Errorf("%+v, %v", blocks, err)
	}
}
