package apptest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

const (
	phonePIN = "258046"
	bankHost = "http://mobile.bank.example"
)

var phone = emulator.Phone{Model: "Phone 7", Platform: "Android 17", AppVersion: "1.0", Locale: "de-CH"}

// approvals puts an application in force whose tokens give codes and approve.
func approvals(t *testing.T, a *app.App) {
	t.Helper()
	change(t, a, func(set *policy.Set) {
		failures, clock := limit.Rule{Max: 5, CoolDown: time.Hour}, policy.Time{Skew: 1, FirstUse: 2, MaxDrift: 20}
		set.Policies = append(set.Policies,
			policy.Policy{Code: "mobile-code", Name: "Mobile token", Method: policy.MethodMobile, Use: policy.UseCode, Failures: failures, Time: clock},
			policy.Policy{Code: "approval", Name: "Approval", Method: policy.MethodApproval, Use: policy.UseCode, Failures: failures, Time: policy.Time{Skew: 1, FirstUse: 1, MaxDrift: 5}, Approval: policy.Approval{Bank: "Alder Bank", Control: policy.ControlTyped}},
			policy.Policy{Code: "picture", Name: "Picture", Method: policy.MethodPicture, Use: policy.UseCode, Failures: failures, Time: policy.Time{Skew: 1, FirstUse: 1, MaxDrift: 5}, Approval: policy.Approval{Bank: "Alder Bank"}},
		)
		set.Applications = []policy.Application{{
			Code: "bank", Name: "Bank", Download: "https://bank.example/app", Policies: []string{"mobile-code", "approval", "picture"},
			Keys: policy.Keys{Sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"},
		}}
		for _, j := range []policy.Journey{
			{Purpose: policy.PurposeSelfService, Channel: "mobile", Steps: [][]string{{"mobile-code"}}},
			{Purpose: policy.PurposeLogin, Channel: "phone", Steps: [][]string{{"approval", "picture", "mobile-code"}}},
		} {
			j.TTL, j.SCA = 10*time.Minute, true
			set.Journeys = append(set.Journeys, j)
		}
	})
}

// change puts changed policies in force.
func change(t *testing.T, a *app.App, f func(*policy.Set)) {
	t.Helper()
	doc, err := a.Policies.Active().Format()
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Parse(doc) // a copy
	if err != nil {
		t.Fatal(err)
	}
	f(set)
	if doc, err = set.Format(); err != nil {
		t.Fatal(err)
	}
	v, err := a.Policies.Store(t.Context(), audit.System("test"), doc)
	if err == nil {
		err = a.Policies.Activate(t.Context(), audit.System("test"), a.Policies.Active().Version, v)
	}
	if err == nil {
		err = a.Policies.Reload(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// airwave sends requests to the nodes in turn, whatever host they name.
type airwave struct {
	nodes []string
	turn  atomic.Int64
	// lose, if set, may lose an answer on its way.
	lose func(*http.Request, *http.Response) (*http.Response, error)
}

func (c *airwave) RoundTrip(r *http.Request) (*http.Response, error) {
	to := r.Clone(r.Context())
	to.URL.Host = c.nodes[int(c.turn.Add(1))%len(c.nodes)]
	res, err := http.DefaultTransport.RoundTrip(to)
	if err == nil && c.lose != nil {
		return c.lose(r, res)
	}
	return res, err
}

// faces lets the nodes that start from now on have a face for mobile tokens.
func faces(t *testing.T, in *apptest.Installation) (address string) {
	t.Helper()
	address = apptest.FreeAddress(t)
	in.More = append(slices.DeleteFunc(in.More, func(s string) bool { return strings.HasPrefix(s, "COUNTERSIGN_MOBILE_") }),
		"COUNTERSIGN_MOBILE_ADDRESS="+address, "COUNTERSIGN_MOBILE_URL="+bankHost)
	return address
}

// newPhone is a phone that reaches a airwave.
func newPhone(in *apptest.Installation, c *airwave) *emulator.App {
	return &emulator.App{HTTP: &http.Client{Transport: c}, Rand: rand.Reader, Now: in.Clock.Now}
}

// issued makes a token and returns its typed code.
func issued(t *testing.T, a *app.App, customer ident.ID) (mobiletoken.Token, string) {
	t.Helper()
	x, out, err := a.Mobile.Enroll(t.Context(), audit.System("test"), mobiletoken.Enrollment{Customer: customer, Application: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	return x, out.Handout(bankHost).Code
}

// TestTokenProtocol: a phone is activated, approves a login with the digits of the bank's page and
// by picture, proves itself, and its owner brings a second phone in, and the first one out;
// each request reaches another of two nodes.
func TestTokenProtocol(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		in.Open(t, func(a *app.App) {
			approvals(t, a)
			c := &airwave{}
			for range 2 {
				c.nodes = append(c.nodes, faces(t, in))
				node := in.Run(t)
				defer node.Stop(t)
				if len(c.nodes) == 1 {
					b := node.Bank()
					defer b.Close()
					b.CreateCustomer(t, "4711")
				}
			}
			me, err := a.Customers.GetByNumber(t.Context(), "4711")
			if err != nil {
				t.Fatal(err)
			}
			x, typed := issued(t, a, me.ID)
			first := newPhone(in, c)
			token, err := first.Activate(t.Context(), bankHost, "bank", typed, phonePIN, phone)
			if err != nil || token.TokenID != x.ID.String() {
				t.Fatal(err)
			}
			approveOnline(t, a, in, clock, first.Line(token))
			approvePicture(t, a, in, clock, first.Line(token))
			administer(t, in, clock, c, first.Line(token))
			code, err := dskpp.ParseHuman(typed)
			if err != nil {
				t.Fatal(err)
			}
			for what, secret := range map[string]string{"activation code": typed, "its password": code.Password, "PIN": phonePIN, "signature": "token-proof+jwt"} {
				if bytes.Contains(in.Log.Bytes(), []byte(secret)) {
					t.Errorf("the log has the %s (invariant 7)", what)
				}
			}
		})
	})
}

// begin asks for a login by a policy.
func begin(t *testing.T, a *app.App, in *apptest.Installation, policyCode string) (hub.Outcome, func(code string) hub.Outcome, func() (control, picture string)) {
	t.Helper()
	bank := in.Application(t)
	out, err := a.Hub.Start(t.Context(), bank, hub.Start{CustomerNumber: "4711", Purpose: policy.PurposeLogin, Channel: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	step := func(code string) hub.Outcome {
		t.Helper()
		o, err := a.Hub.Step(t.Context(), bank, out.Handle, hub.Proof{Policy: policyCode, Code: code})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	ask := func() (string, string) {
		t.Helper()
		ch, err := a.Hub.Ask(t.Context(), bank, out.Handle, hub.Ask{Policy: policyCode})
		if err != nil {
			t.Fatal(err)
		}
		return ch.Control, ch.Picture
	}
	return out, step, ask
}

func approveOnline(t *testing.T, a *app.App, in *apptest.Installation, clock *dbtest.Clock, l emulator.Line) {
	t.Helper()
	clock.Advance(time.Minute)
	_, step, ask := begin(t, a, in, "approval")
	control, _ := ask()
	inbox, err := l.Inbox(t.Context())
	if err != nil || len(inbox) != 1 || !inbox[0].Matching || strings.Contains(inbox[0].Content, `"control"`) || len(control) != 2 {
		t.Fatalf("%+v, %v, %q", inbox, err, control)
	}
	if out, err := l.Approve(t.Context(), inbox[0], "258047", control); err != nil || out.Accepted || out.Status != "pending" {
		t.Errorf("with a wrong PIN: %+v, %v", out, err)
	}
	if out, err := l.Approve(t.Context(), inbox[0], phonePIN, control); err != nil || !out.Accepted || out.Status != "approved" {
		t.Errorf("%+v, %v", out, err)
	}
	if o := step(""); o.State != hub.Granted || !o.Factors.Independent() {
		t.Errorf("%+v", o)
	}
	if inbox, err := l.Inbox(t.Context()); err != nil || len(inbox) != 0 {
		t.Errorf("what was approved still waits: %v", err)
	}
	clock.Advance(time.Minute)
	out, _, ask := begin(t, a, in, "approval")
	ask()
	if inbox, err = l.Inbox(t.Context()); err != nil || len(inbox) != 1 {
		t.Fatal(len(inbox), err)
	}
	if done, err := l.Refuse(t.Context(), inbox[0], true); err != nil || done.Status != "reported" {
		t.Errorf("%+v, %v", done, err)
	}
	if o, err := a.Hub.Get(t.Context(), in.Application(t), out.Handle); err != nil || o.State != hub.Denied {
		t.Errorf("what was not me: %+v, %v", o, err)
	}
}

func approvePicture(t *testing.T, a *app.App, in *apptest.Installation, clock *dbtest.Clock, l emulator.Line) {
	t.Helper()
	clock.Advance(2 * time.Minute)
	_, step, ask := begin(t, a, in, "picture")
	_, picture := ask()
	offline := *l.Token // no network from here on
	content, err := offline.ReadPicture(picture)
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := emulator.ParseContent(content); err != nil || shown.Bank != "Alder Bank" || shown.Kind != "login" {
		t.Errorf("%+v, %v", shown, err)
	}
	changed := strings.Replace(picture, ".", ".e", 1)
	if _, err := offline.ReadPicture(changed); err == nil {
		t.Error("a picture that was changed is shown")
	}
	answer, err := offline.Answer(phonePIN, content, "", clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if o := step(answer); o.State != hub.Granted {
		t.Errorf("%+v", o)
	}
}

// administer brings a second phone in and lets it take the first one out of use, then replaces
// itself.
func administer(t *testing.T, in *apptest.Installation, clock *dbtest.Clock, c *airwave, first emulator.Line) {
	t.Helper()
	ctx := t.Context()
	clock.Advance(2 * time.Minute)
	if _, err := first.Enroll(ctx, emulator.Order{Name: "tablet"}); !emulator.Is(err, "mobiletoken.proof") {
		t.Errorf("without a proof: %v", err)
	}
	if _, err := first.Prove(ctx, "258047"); !emulator.Is(err, "token.wrong_code") {
		t.Errorf("with a wrong PIN: %v", err)
	}
	proof, err := first.Prove(ctx, phonePIN)
	if err != nil {
		t.Fatal(err)
	}
	out, err := first.Enroll(ctx, emulator.Order{Proof: proof, Name: "tablet"})
	if err != nil || !strings.HasPrefix(out.Link, bankHost+"/app/bank/#c=") || !strings.HasPrefix(out.Picture, "<svg") || out.Part != 0 || !strings.Contains(out.Trigger, "KeyProvTrigger") {
		t.Fatalf("%+v, %v", out, err)
	}
	tablet := newPhone(in, c)
	second, err := tablet.Activate(ctx, bankHost, "bank", out.Code, phonePIN, phone)
	if err != nil {
		t.Fatal(err)
	}
	other := tablet.Line(second)
	if _, err := other.Change(ctx, first.Token.TokenID, "archive", emulator.Order{Proof: proof}); !emulator.Is(err, "token.proof") {
		t.Errorf("with the proof of another phone: %v", err)
	}
	if it, err := other.Change(ctx, first.Token.TokenID, "block", emulator.Order{}); err != nil || it.Status != "blocked" || it.NextStep != "enable" {
		t.Errorf("%+v, %v", it, err)
	}
	if _, err := first.Inbox(ctx); !emulator.Is(err, "token.blocked") {
		t.Errorf("a blocked phone: %v", err)
	}
	clock.Advance(time.Minute)
	if proof, err = other.Prove(ctx, phonePIN); err != nil {
		t.Fatal(err)
	}
	if it, err := other.Change(ctx, first.Token.TokenID, "enable", emulator.Order{Proof: proof}); err != nil || it.Status != "active" {
		t.Errorf("%+v, %v", it, err)
	}
	if err := other.Rename(ctx, second.TokenID, "my tablet"); err != nil {
		t.Error(err)
	}
	moved, err := other.Issue(ctx, first.Token.TokenID, "migration", emulator.Order{Proof: proof, Name: "new phone"})
	if err != nil {
		t.Fatal(err)
	}
	next := newPhone(in, c)
	third, err := next.Activate(ctx, bankHost, "bank", moved.Code, phonePIN, phone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Tokens(ctx); !emulator.Is(err, "token.unknown") {
		t.Errorf("the phone that was replaced: %v", err)
	}
	checkList(t, next.Line(third), second.TokenID)
}

func checkList(t *testing.T, l emulator.Line, tablet string) {
	t.Helper()
	all, err := l.Tokens(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	states := map[string]int{}
	for _, x := range all {
		states[x.Status]++
		if x.This != (x.ID == l.Token.TokenID) || x.ID == tablet && x.Name != "my tablet" {
			t.Errorf("%+v", x)
		}
	}
	if states["active"] != 2 || states["archived"] != 1 {
		t.Errorf("%v", states)
	}
	acts, err := l.History(t.Context(), l.Token.TokenID)
	migrated := func(a emulator.Act) bool { return a.Kind == mobiletoken.AuditMigrated && a.By == "customer" }
	if err != nil || len(acts) < 3 || !slices.ContainsFunc(acts, migrated) {
		t.Errorf("%+v, %v", acts, err)
	}
}

// TestKilledWhileProvisioning: the process is killed after each message of the protocol, and the
// phone goes on with the next process, also when it has lost the last answer or that of its
// first code.
func TestKilledWhileProvisioning(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it again and again")
	}
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		address := faces(t, in)
		var x mobiletoken.Token
		var typed string
		in.Open(t, func(a *app.App) {
			approvals(t, a)
			node := in.Run(t)
			b := node.Bank()
			b.CreateCustomer(t, "4711")
			b.Close()
			node.Stop(t)
			me, err := a.Customers.GetByNumber(t.Context(), "4711")
			if err != nil {
				t.Fatal(err)
			}
			x, typed = issued(t, a, me.ID)
		})
		node := in.Serve(t, program(t))
		kills := 0
		lost := map[string]int{}
		var answers [][]byte // last ones of the protocol
		again := func() { node.Kill(); node = in.Serve(t, program(t)); kills++ }
		wire := &airwave{nodes: []string{address}, lose: func(r *http.Request, res *http.Response) (*http.Response, error) {
			again()
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil {
				return nil, err
			}
			res.Body = io.NopCloser(bytes.NewReader(body))
			last := bytes.Contains(body, []byte("KeyProvServerFinished"))
			if last {
				answers = append(answers, body)
			}
			if what := r.URL.Path; last || strings.HasSuffix(what, "/confirmations") {
				if lost[what]++; lost[what] == 1 {
					return nil, context.DeadlineExceeded // it never arrived
				}
			}
			return res, nil
		}}
		app7 := newPhone(in, wire)
		token, err := app7.Activate(t.Context(), bankHost, "bank", typed, phonePIN, phone)
		if token == nil {
			t.Fatal(err)
		}
		if err == nil {
			t.Fatal("the answer to the first code was not lost: this test proves nothing")
		}
		if err := app7.Confirm(t.Context(), token, phonePIN, phone); err != nil {
			t.Fatal(err)
		}
		if len(answers) != 2 || !bytes.Equal(answers[0], answers[1]) {
			t.Errorf("%d last answers, which must be two and the same", len(answers))
		}
		all, err := app7.Line(token).Tokens(t.Context())
		if err != nil || len(all) != 1 || all[0].ID != x.ID.String() || all[0].Status != "active" {
			t.Errorf("%+v, %v", all, err)
		}
		t.Logf("killed %d times", kills)
		node.Stop(t)
		in.Verify(t)
	})
}
