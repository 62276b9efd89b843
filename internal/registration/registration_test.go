package registration_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/pskc"
)

// TestF41RegistrationAndF42Login is F-4.1.1–11 and F-4.2.1–6.
func TestF41RegistrationAndF42Login(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("4711")
		w.stock("A1")
		code := w.code(c)
		r := w.begin(" 4711 ", strings.ToLower(code.Value))
		if r.State != registration.Begun || r.Refused != "" {
			t.Fatalf("after the activation code: %+v", r)
		}
		r = w.serial(r, "a-1")
		if r.State != registration.Reserved || r.Token == nil || r.Token.Serial != "A1" || r.Token.Digits != 6 {
			t.Fatalf("after the serial number: %+v", r)
		}
		if d := w.device("A1"); d.Status != device.Stock || !d.Customer.IsZero() || len(w.holds(c.ID)) != 0 {
			t.Fatalf("half assigned before the secure code: %+v", d)
		}
		r = w.confirm(r, hotp("A1", 3), "")
		if r.State != registration.Done {
			t.Fatalf("after the secure code: %+v", r)
		}
		if d := w.device("A1"); d.Status != device.Active || d.Customer != c.ID || len(w.holds(c.ID)) != 1 {
			t.Fatalf("not assigned: %+v", d)
		}
		if o := w.login("4711", hotp("A1", 3)); o.Accepted || o.State != hub.Open {
			t.Errorf("the code of the registration was accepted again: %+v", o)
		}
		if o := w.login("4711", hotp("A1", 4)); o.State != hub.Granted || !o.Accepted {
			t.Errorf("login: %+v", o)
		}
		if again := w.begin("4711", code.Value); again.Refused != registration.WrongCode {
			t.Errorf("a spent activation code began again: %+v", again)
		}
	})
}

func TestBrokenOffRegistrationResumes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("B1", "B2")
		code := w.code(w.customer("1"))
		first := w.serial(w.begin("1", code.Value), "B1")
		w.clock.Advance(10 * time.Minute)
		again := w.begin("1", code.Value)
		if again.Handle != first.Handle || again.State != registration.Reserved || again.Token.Serial != "B1" {
			t.Fatalf("not resumed: %+v", again)
		}
		again = w.serial(again, "B2") // changed their mind
		if again.Token == nil || again.Token.Serial != "B2" {
			t.Fatalf("another token: %+v", again)
		}
		if r := w.confirm(again, hotp("B1", 0), ""); r.Refused != registration.WrongSecret {
			t.Errorf("the code of the first token: %+v", r)
		}
		if r := w.confirm(again, hotp("B2", 0), ""); r.State != registration.Done {
			t.Errorf("got %+v", r)
		}
		if d := w.device("B1"); d.Status != device.Stock {
			t.Errorf("the first token is %s", d.Status)
		}
	})
}

func TestReservationEndsByTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("C1")
		one := w.serial(w.begin("1", w.code(w.customer("1")).Value), "C1")
		two := w.begin("2", w.code(w.customer("2")).Value)
		if r := w.serial(two, "C1"); r.Refused != registration.TokenReserved || r.State != registration.Begun {
			t.Fatalf("a reserved token: %+v", r)
		}
		w.clock.Advance(31 * time.Minute)
		two = w.begin("2", w.code(w.customer("3")).Value) // wrong customer's code: refused
		if two.Refused != registration.WrongCode {
			t.Fatalf("somebody else's activation code: %+v", two)
		}
		three := w.begin("3", w.code(mustFind(w, "3")).Value)
		if r := w.serial(three, "C1"); r.State != registration.Reserved {
			t.Fatalf("after the reservation ran out: %+v", r)
		}
		if r := w.confirm(one, hotp("C1", 0), ""); r.Refused != registration.Over || r.State != registration.Abandoned {
			t.Errorf("the first customer comes back late: %+v", r)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("D1", "D2")
		w.pskc(func(p *pskc.Writer) error {
			old := hotpPackage("D3")
			old.Device.ExpiryDate = w.clock.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
			early, done := hotpPackage("D4"), hotpPackage("D5")
			early.Key.Policy.StartDate = w.clock.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
			done.Key.Policy.ExpiryDate = old.Device.ExpiryDate
			return errors.Join(p.WritePackage(old), p.WritePackage(early), p.WritePackage(done))
		})
		taken := w.serial(w.begin("9", w.code(w.customer("9")).Value), "D2")
		w.confirm(taken, hotp("D2", 0), "")
		w.clock.Advance(25 * time.Hour)

		r := w.begin("1", w.code(w.customer("1")).Value)
		for serial, want := range map[string]registration.Reason{
			"nothing": registration.UnknownSerial, "D2": registration.TokenTaken, "D3": registration.TokenExpired,
			"D4": registration.TokenExpired, "D5": registration.TokenExpired, // the key's own dates
		} {
			if got := w.serial(r, serial); got.Refused != want || got.State != registration.Begun {
				t.Errorf("%s: %+v, want %s", serial, got, want)
			}
		}
		if _, err := w.desk.Confirm(t.Context(), by(), r.Handle, registration.Confirm{Code: "123456"}); !fault.Is(err, "registration.no_token") {
			t.Errorf("a code before the serial number: %v", err)
		}
		for _, handle := range []string{"", "x", strings.Repeat("A", 64), r.Handle[1:] + r.Handle[:1]} {
			if _, err := w.desk.Token(t.Context(), by(), handle, "D1"); fault.KindOf(err) != fault.NotFound {
				t.Errorf("handle %q: %v", handle, err)
			}
		}
	})
}

func TestActivationCodeAttemptsAndLife(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		code := w.code(c)
		other := w.code(w.customer("2"))
		for range 5 {
			if r := w.begin("1", other.Value); r.Refused != registration.WrongCode {
				t.Fatalf("got %+v", r)
			}
		}
		if r := w.begin("1", code.Value); r.Refused != registration.BlockedCode {
			t.Fatalf("the sixth attempt: %+v", r)
		}
		if r := w.begin("2", other.Value); r.Refused != "" {
			t.Errorf("another customer is not affected: %+v", r)
		}
		w.clock.Advance(16 * time.Minute)
		if r := w.begin("1", code.Value); r.Refused != "" {
			t.Errorf("after the cool-down: %+v", r)
		}
		w.clock.Advance(8 * 24 * time.Hour)
		if r := w.begin("1", code.Value); r.Refused != registration.ExpiredCode {
			t.Errorf("after a week: %+v", r)
		}
		if _, err := w.desk.Extend(t.Context(), by(), c.ID, code.ID); err != nil {
			t.Fatal(err)
		}
		if r := w.begin("1", code.Value); r.Refused != "" {
			t.Errorf("extended: %+v", r)
		}
		if err := w.desk.Revoke(t.Context(), by(), c.ID, code.ID); err != nil {
			t.Fatal(err)
		}
		if r := w.begin("1", code.Value); r.Refused != registration.WrongCode {
			t.Errorf("revoked: %+v", r)
		}
	})
}

func TestMistypedCodeIsNotAnAttempt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.code(w.customer("1"))
		slip := []byte(code.Value)
		if slip[0] = '7'; code.Value[0] == '7' {
			slip[0] = '8'
		}
		for range 10 {
			_, err := w.desk.Begin(t.Context(), by(), registration.Begin{CustomerNumber: "1", ActivationCode: string(slip), Policy: "secure-code"})
			if !fault.Is(err, "registration.code_form") {
				t.Fatalf("got %v", err)
			}
		}
		if r := w.begin("1", code.Value); r.Refused != "" {
			t.Errorf("got %+v", r)
		}
	})
}

// TestGuessingFirstCodesIsBounded: beginning again does not give new attempts.
func TestGuessingFirstCodesIsBounded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("E1")
		code := w.code(w.customer("1"))
		wrong := 0
		for range 40 {
			r := w.begin("1", code.Value)
			if r.Refused != "" {
				break
			}
			r = w.serial(r, "E1")
			if r.State == registration.Reserved && w.confirm(r, "000000", "").Refused == registration.WrongSecret {
				wrong++
			}
			if _, err := w.desk.Abandon(t.Context(), by(), r.Handle); err != nil {
				t.Fatal(err)
			}
		}
		if wrong > 5 {
			t.Errorf("%d guesses were looked at", wrong)
		}
	})
}

func TestSplitDelivery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		out, err := w.desk.Issue(t.Context(), by(), c.ID, registration.Issue{Policy: "secure-code", Split: true})
		if err != nil || !out.Split || len(strings.ReplaceAll(out.Value, "-", "")) > 12 {
			t.Fatalf("got %q, %v, %v", out.Value, out.Split, err)
		}
		if r, err := w.desk.Begin(t.Context(), by(), registration.Begin{CustomerNumber: "1", ActivationCode: out.Value, Policy: "secure-code"}); err == nil && r.Refused == "" {
			t.Error("half a code began a registration")
		}
		second := w.secondHalf(t)
		if r := w.begin("1", out.Value+second); r.Refused != "" {
			t.Errorf("both halves together: %+v", r)
		}
	})
}

// TestTwoCustomersOneToken: of many customers who register one token at the
// same time, one gets it, and nobody else gets half of anything.
func TestTwoCustomersOneToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("R1")
		const n = 16
		codes := make([]string, n)
		for i := range n {
			codes[i] = w.code(w.customer(string(rune('a' + i)))).Value
		}
		var wg sync.WaitGroup
		done := make([]bool, n)
		for i := range n {
			wg.Go(func() {
				r, err := w.desk.Begin(t.Context(), by(), registration.Begin{CustomerNumber: string(rune('a' + i)), ActivationCode: codes[i], Policy: "secure-code", Channel: "web"})
				if err == nil {
					r, err = w.desk.Token(t.Context(), by(), r.Handle, "R1")
				}
				if err == nil && r.State == registration.Reserved {
					r, err = w.desk.Confirm(t.Context(), by(), r.Handle, registration.Confirm{Code: hotp("R1", uint64(i))})
				}
				done[i] = err == nil && r.State == registration.Done
				if err != nil && !errors.Is(err, t.Context().Err()) {
					t.Errorf("customer %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		winners := 0
		for i := range n {
			c := mustFind(w, string(rune('a'+i)))
			if held := len(w.holds(c.ID)); done[i] != (held == 1) {
				t.Errorf("customer %d: done %v, holds %d", i, done[i], held)
			}
			if done[i] {
				winners++
				if w.device("R1").Customer != c.ID {
					t.Errorf("the token is not the winner's")
				}
			}
		}
		if winners != 1 {
			t.Errorf("%d customers got the token", winners)
		}
	})
}

// TestSuspendedWhileRegistering: a customer who is suspended before the last step is
// refused like anybody with a wrong code, and it counts.
func TestSuspendedWhileRegistering(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("S1")
		c := w.customer("1")
		code := w.code(c)
		r := w.serial(w.begin("1", code.Value), "S1")
		if err := w.customers.Suspend(t.Context(), by(), c.ID, "lost papers"); err != nil {
			t.Fatal(err)
		}
		if got := w.confirm(r, hotp("S1", 0), ""); got.Refused != registration.WrongSecret || got.State != registration.Reserved {
			t.Errorf("got %+v", got)
		}
		if len(w.holds(c.ID)) != 0 || w.device("S1").Status != device.Stock {
			t.Error("the token was registered")
		}
		codes, err := w.desk.Codes(t.Context(), c.ID)
		if err != nil || codes[0].Tries.Count != 2 {
			t.Errorf("%+v, %v", codes, err)
		}
	})
}
