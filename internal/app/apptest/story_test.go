package apptest_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

// TestACustomerRegistersAndLogsIn is F-4.1 and F-4.2 over the wire, with what may
// go wrong on the way (section 7 of the second issue).
func TestACustomerRegistersAndLogsIn(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		kari := in.Stock(t, 1)[0]
		ola := in.Holders(t, 1)[0]
		bank := in.Run(t).Bank()
		defer bank.Close()

		bank.CreateCustomer(t, kari.Number)
		code := bank.ActivationCode(t, kari.Number)
		if r := bank.Begin(t, kari.Number, ident.NewCode(16, rand.Reader)); r.State != "refused" {
			t.Errorf("another activation code: %+v", r)
		}
		if r := bank.Begin(t, "99999", code); r.State != "refused" {
			t.Errorf("an unknown customer: %+v", r)
		}
		r := bank.Begin(t, kari.Number, strings.ToLower(code))
		if got := bank.Token(t, r.Handle, "NO-SUCH"); got.Accepted || got.Reason != "unknown_serial" {
			t.Errorf("an unknown serial number: %+v", got)
		}
		if got := bank.Token(t, r.Handle, ola.Serial); got.Accepted || got.Reason != "token_not_in_stock" {
			t.Errorf("somebody else's token: %+v", got)
		}
		if got := bank.Token(t, r.Handle, " "+strings.ToLower(kari.Serial)); !got.Accepted || got.Token == nil || got.Token.Serial != kari.Serial {
			t.Fatalf("the token: %+v", got)
		}
		if got := bank.Confirm(t, r.Handle, kari.Wrong()); got.Accepted || got.State != "reserved" {
			t.Errorf("a wrong first code: %+v", got)
		}
		if got := bank.Confirm(t, r.Handle, kari.Code(0)); got.State != "done" {
			t.Fatalf("the first code: %+v", got)
		}
		if got := bank.Begin(t, kari.Number, code); got.State != "refused" {
			t.Errorf("a spent activation code: %+v", got)
		}

		if got := bank.MustLogin(t, kari.Number, kari.Code(0)); got.Accepted || got.Reason != "replayed" {
			t.Errorf("the code of the registration: %+v", got)
		}
		spaced := kari.Code(1)[:3] + " " + kari.Code(1)[3:]
		if got := bank.MustLogin(t, kari.Number, spaced); got.State != "granted" || len(got.Factors) != 1 {
			t.Errorf("a code with a space: %+v", got)
		}
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, kari.Code(2))
		if got := bank.MustLogin(t, kari.Number, wide); got.State != "granted" {
			t.Errorf("a code in full width: %+v", got)
		}
		for _, typed := range []string{"12345678901234567890", "12a456", ""} {
			a, err := bank.Try(kari.Number, typed, "")
			if err != nil || a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Problem(), "code") {
				t.Errorf("%q: %d %s, %v", typed, a.Status, a.Body, err)
			}
		}
		for range 5 {
			bank.MustLogin(t, kari.Number, kari.Wrong())
		}
		if got := bank.MustLogin(t, kari.Number, kari.Code(3)); got.Accepted || got.Reason != "blocked" {
			t.Errorf("the right code while blocked: %+v", got)
		}
		clock.Advance(16 * time.Minute)
		bank = in.Run(t).Bank() // another node, whose access token is fresh
		defer bank.Close()
		if got := bank.MustLogin(t, kari.Number, kari.Code(3)); got.State != "granted" {
			t.Errorf("after the cool-down: %+v", got)
		}
		in.Verify(t)
	})
}

// TestTheClockJumpsBack: an hour back, nothing spent is accepted, and the node says
// that it is not ready.
func TestTheClockJumpsBack(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		kari := in.Holders(t, 1)[0]
		node := in.Run(t)
		bank := node.Bank()
		defer bank.Close()
		if got := bank.MustLogin(t, kari.Number, kari.Code(0)); got.State != "granted" {
			t.Fatalf("%+v", got)
		}
		clock.Advance(-time.Hour)
		if got := bank.MustLogin(t, kari.Number, kari.Code(0)); got.Accepted {
			t.Errorf("a spent code: %+v", got)
		}
		if got := bank.MustLogin(t, kari.Number, kari.Code(1)); got.State != "granted" {
			t.Errorf("the next code: %+v", got)
		}
		clock.Advance(time.Hour)
		if got := bank.MustLogin(t, kari.Number, kari.Code(2)); got.State != "granted" {
			t.Errorf("when the clock is right again: %+v", got)
		}
		in.Verify(t)
	})
}
