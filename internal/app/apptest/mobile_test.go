package apptest_test

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// TestMobileTokenThroughTheHub: a token that a phone has got by an activation code logs its
// owner in, with two factors; its proof lets them have another one, on self-service pages; and
// the proof of one token is none for the same token, when it is to come to another device.
func TestMobileTokenThroughTheHub(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), clock)
	in.Open(t, func(a *app.App) {
		mobilePolicies(t, a)
		bank, by := in.Application(t), audit.System("test")
		node := in.Run(t)
		defer node.Stop(t)
		b := node.Bank()
		defer b.Close()
		b.CreateCustomer(t, "4711")
		c, err := a.Customers.GetByNumber(t.Context(), "4711")
		if err != nil {
			t.Fatal(err)
		}
		x, first := mobileToken(t, a, clock, mobiletoken.Enrollment{Customer: c.ID, Application: "bank"}, by)
		clock.Advance(time.Minute)
		start := func(by audit.Actor, purpose string, key []byte) hub.Outcome {
			t.Helper()
			out, err := a.Hub.Start(t.Context(), by, hub.Start{CustomerNumber: "4711", Purpose: purpose, Channel: "phone", Proof: &hub.Proof{Code: secureCode(t, key, clock.Now())}})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		out := start(bank, "login", first)
		if out.State != hub.Granted || !out.Factors.Independent() {
			t.Fatalf("%+v", out)
		}
		if again := start(bank, "login", first); again.State == hub.Granted {
			t.Error("one code was good twice")
		}
		me := audit.Customer(c.ID)
		clock.Advance(time.Minute)
		proof, err := a.Hub.Proven(t.Context(), me, start(me, policy.PurposeSelfService, first).Handle)
		if err != nil || !slices.Equal(proof.Shown(), []ident.ID{x.Device}) {
			t.Fatal(err)
		}
		y, second := mobileToken(t, a, clock, mobiletoken.Enrollment{Customer: c.ID, Application: "bank", Proof: proof}, me)
		if bytes.Equal(first, second) {
			t.Fatal("two tokens have one key")
		}
		if _, err := a.Mobile.Redistribute(t.Context(), me, mobiletoken.Order{Customer: c.ID, Token: x.ID, Proof: proof}, mobiletoken.Handing{}); err == nil {
			t.Error("a token came to another device by its own proof")
		}
		if _, err := a.Mobile.Redistribute(t.Context(), me, mobiletoken.Order{Customer: c.ID, Token: y.ID, Proof: proof}, mobiletoken.Handing{}); err != nil {
			t.Error(err)
		}
		if _, err := a.Mobile.Block(t.Context(), me, mobiletoken.Order{Customer: c.ID, Token: x.ID}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Mobile.Archive(t.Context(), me, mobiletoken.Order{Customer: c.ID, Token: y.ID, Proof: proof}); err == nil {
			t.Error("the proof of a token that is blocked by now is taken")
		}
		clock.Advance(time.Minute)
		if out := start(bank, "login", first); out.State == hub.Granted {
			t.Error("a blocked token logged in")
		}
		if out := start(bank, "login", second); out.State != hub.Granted {
			t.Errorf("the other token: %+v", out)
		}
	})
	in.Must(t, "keys", "rotate") // all that is sealed is found again
}

// mobilePolicies puts an application in force, and a channel where its tokens log in.
func mobilePolicies(t *testing.T, a *app.App) {
	t.Helper()
	doc, err := a.Policies.Active().Format()
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Parse(doc) // a copy
	if err != nil {
		t.Fatal(err)
	}
	set.Policies = append(set.Policies, policy.Policy{
		Code: "mobile-code", Name: "Mobile token", Method: policy.MethodMobile, Use: policy.UseCode,
		Failures: limit.Rule{Max: 5, CoolDown: time.Hour}, Time: policy.Time{Skew: 1, FirstUse: 2, MaxDrift: 20},
	})
	set.Applications = []policy.Application{{Code: "bank", Name: "Bank", Download: "https://bank.example/app", Policies: []string{"mobile-code"}}}
	for _, purpose := range []string{policy.PurposeLogin, policy.PurposeSelfService} {
		set.Journeys = append(set.Journeys, policy.Journey{Purpose: purpose, Channel: "phone", TTL: 10 * time.Minute, SCA: true, Steps: [][]string{{"mobile-code"}}})
	}
	if doc, err = set.Format(); err == nil {
		var v int64
		if v, err = a.Policies.Store(t.Context(), audit.System("test"), doc); err == nil {
			err = a.Policies.Activate(t.Context(), audit.System("test"), a.Policies.Active().Version, v)
		}
	}
	if err == nil {
		err = a.Policies.Reload(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mobileToken makes a token and proves it, as a phone does after the protocol.
func mobileToken(t *testing.T, a *app.App, clock *dbtest.Clock, in mobiletoken.Enrollment, by audit.Actor) (mobiletoken.Token, []byte) {
	t.Helper()
	x, code, err := a.Mobile.Enroll(t.Context(), by, in)
	if err != nil {
		t.Fatal(err)
	}
	return prove(t, a, clock, code, x, by)
}

// prove gets a key by an activation code, and proves it.
func prove(t *testing.T, a *app.App, clock *dbtest.Clock, code mobiletoken.Issued, x mobiletoken.Token, by audit.Actor) (mobiletoken.Token, []byte) {
	t.Helper()
	got, err := a.Mobile.Attempt(t.Context(), code.ClientID)
	if err != nil || string(got.Password) != code.Password {
		t.Fatalf("%s, %v", got.Standing, err)
	}
	key := make([]byte, 20)
	_, _ = rand.Read(key)
	run := mobiletoken.Session{ID: code.ClientID, Body: []byte("the last answer"), Expires: clock.Now().Add(time.Hour)}
	copy(run.Digest[:], key)
	if _, done, err := a.Mobile.Provision(t.Context(), mobiletoken.Provisioned{ClientID: code.ClientID, Key: key, Session: run, New: true}); !done || err != nil {
		t.Fatal(done, err)
	}
	confirmed, err := a.Mobile.Confirm(t.Context(), by, x.Customer, x.ID, secureCode(t, key, clock.Now()))
	if err != nil || confirmed.Reason != mobiletoken.Accepted {
		t.Fatal(confirmed.Reason, err)
	}
	return confirmed.Token, key
}

func secureCode(t *testing.T, key []byte, now time.Time) string {
	t.Helper()
	h, err := oath.NewTOTP(key, oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	code, err := h.Code(now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
