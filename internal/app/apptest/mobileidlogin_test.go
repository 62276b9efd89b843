package apptest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
)

// simLogins lets customers log in by their SIM on the channel "phone", where the risk engine is asked.
func simLogins(t *testing.T, a *app.App) {
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
		Code: "sim", Name: "Mobile ID", Method: policy.MethodMobileID, Use: policy.UseCode, Failures: limit.Rule{Max: 5, CoolDown: time.Hour},
		Approval: policy.Approval{Bank: "Example Bank", TTL: 5 * time.Minute, Close: time.Hour},
	})
	set.Journeys = append(set.Journeys, policy.Journey{
		Purpose: policy.PurposeLogin, Channel: "phone", TTL: 10 * time.Minute, SCA: true, Steps: [][]string{{"sim"}}, Risk: policy.JourneyRisk{On: true, StepUp: []string{"sim"}},
	})
	if doc, err = set.Format(); err == nil {
		var v int64
		if v, err = a.Policies.Store(t.Context(), setUp, doc); err == nil {
			err = a.Policies.Activate(t.Context(), setUp, a.Policies.Active().Version, v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSIMLogin is a login through real packets, a real SIM and real certificates: one that is signed is
// granted; one that the person has not started is denied, closes the channel, and is known to the risk
// engine and to analysts.
func TestSIMLogin(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		node := in.Run(t)
		a, err := in.App()
		s.check(err)
		defer func() { s.check(a.Close()) }()
		simLogins(t, a)
		bank := audit.Client(ident.Derive("a bank"), "bank")
		start := func() hub.Outcome {
			o, err := a.Hub.Start(t.Context(), bank, hub.Start{CustomerNumber: "5000", Purpose: "login", Channel: "phone"})
			s.check(err)
			if o.State != hub.Open {
				return o
			}
			c, err := a.Hub.Ask(t.Context(), bank, o.Handle, hub.Ask{})
			if err != nil || c.Withheld != "" {
				t.Fatalf("%+v, %v", c, err)
			}
			return o
		}
		wait := func(o hub.Outcome) hub.Outcome {
			for {
				out, err := a.Hub.Wait(t.Context(), bank, o.Handle, 20*time.Second)
				s.check(err)
				if out.State != hub.Open || out.Asked == nil || out.Asked.State != "pending" {
					return out
				}
			}
		}
		o := start()
		s.air.Sign(t, number, authenticationPIN)
		if got := wait(o); got.State != hub.Open || got.Asked == nil || got.Asked.State != "approved" {
			t.Fatalf("%+v", got)
		}
		out, err := a.Hub.Step(t.Context(), bank, o.Handle, hub.Proof{})
		if err != nil || out.State != hub.Granted || out.Factors.String() != "knowledge+possession" {
			t.Fatalf("%+v, %v", out, err)
		}

		o = start()
		s.air.Refuse(t, number, simcard.ReportKey)
		if got := wait(o); got.State != hub.Denied || got.Reason != hub.Disowned {
			t.Fatalf("%+v", got)
		}
		if got := start(); got.State != hub.Denied {
			t.Errorf("the channel stays open: %+v", got)
		}
		simReported(t, a)
		node.Stop(t)
	})
}

// simReported checks what the risk engine and analysts know of a report.
func simReported(t *testing.T, a *app.App) {
	t.Helper()
	all, err := a.Risk.Entries(t.Context(), ident.ID{}, 10)
	for deadline := time.Now().Add(time.Minute); err == nil && len(all) == 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // until the node has told it
		all, err = a.Risk.Entries(t.Context(), ident.ID{}, 10)
	}
	if err != nil || len(all) != 1 || all[0].List != "watch" || all[0].Kind != "customer" || !strings.Contains(all[0].Note, "it was not me") {
		t.Errorf("%+v, %v", all, err)
	}
	review := risk.Review{Desk: a.Risk, Policies: a.Policies}
	var cases []risk.Case
	for deadline := time.Now().Add(time.Minute); err == nil && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // as above
		if cases, err = review.Queue(t.Context(), risk.Filter{Disowned: true, Limit: 10}); len(cases) > 0 && cases[0].State == risk.Rejected {
			break
		}
	}
	if err != nil || len(cases) != 1 || cases[0].State != risk.Rejected || cases[0].Item != risk.ItemDisowned {
		t.Errorf("%+v, %v", cases, err)
	}
	var kinds []string
	err = a.DB.Read(t.Context(), func(tx *db.Tx) error {
		kinds = nil
		return tx.Each("SELECT DISTINCT kind FROM journal WHERE kind LIKE 'mobile_id_request.%'", nil, func(r db.Row) error {
			var k string
			err := r.Scan(&k)
			kinds = append(kinds, k)
			return err
		})
	})
	for _, k := range []string{"mobile_id_request.asked", "mobile_id_request.signed", "mobile_id_request.reported"} {
		if err != nil || !slices.Contains(kinds, k) {
			t.Errorf("%s is not in the log: %v, %v", k, kinds, err)
		}
	}
}
