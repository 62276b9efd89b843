package hub_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

// TestTheCustomerChoosesAWay: what is shown first decides what is asked for next; a wrong
// proof decides nothing, and a stranger is offered the same.
func TestTheCustomerChoosesAWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		knowing(t, w)
		w.activate(strings.Replace(withPassword, "models:", "  - {purpose: login, channel: mobile, ttl: 10m, steps: [[secure-code]], ways: [{steps: [[password], [secure-code]]}]}\nmodels:", 1))
		for _, number := range []string{"100", "999"} {
			o := w.must(w.start(hub.Start{CustomerNumber: number, Channel: "mobile"}))
			if !slices.Equal(o.Policies, []string{"secure-code", "password"}) || o.Step != 1 || o.Steps != 2 {
				t.Errorf("%s at the start: %+v", number, o)
			}
			if _, err := w.step(o.Handle, hub.Proof{Code: "123456"}); !fault.Is(err, "authentication.policy") {
				t.Errorf("%s: a proof that names no policy: %v", number, err)
			}
			if got := w.must(w.step(o.Handle, hub.Proof{Policy: "password", Code: "wrong horse"})); got.Accepted || !slices.Equal(got.Policies, o.Policies) {
				t.Errorf("%s after a wrong password: %+v", number, got)
			}
		}
		one := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "mobile", Proof: &hub.Proof{Policy: "secure-code", Code: code("PLAIN100", 0)}}))
		if one.State != hub.Granted || one.Steps != 1 || one.Factors != authenticator.Possession {
			t.Errorf("by token: %+v", one)
		}
		two := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "mobile", Proof: &hub.Proof{Policy: "password", Code: "correct horse"}}))
		if two.State != hub.Open || two.Step != 2 || two.Steps != 2 || !slices.Equal(two.Policies, []string{"secure-code"}) {
			t.Errorf("after the password: %+v", two)
		}
		if _, err := w.step(two.Handle, hub.Proof{Policy: "password", Code: "correct horse"}); !fault.Is(err, "authentication.policy") {
			t.Errorf("the password twice: %v", err)
		}
		if got := w.must(w.step(two.Handle, hub.Proof{Code: code("PLAIN100", 1)})); got.State != hub.Granted || got.Factors != authenticator.Knowledge|authenticator.Possession || got.Steps != 2 {
			t.Errorf("after the code: %+v", got)
		}
	})
}
