package risk_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// TestWhatDevicesSayIsAPartOfTheDecision goes through what may be said of a customer's devices.
func TestWhatDevicesSayIsAPartOfTheDecision(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 20)
		var asked []risk.Asked
		pay := func(x score.Interaction, terms []score.Term, err error) (risk.Assessment, error) {
			w.Interactions = func(_ *db.Tx, q risk.Asked) (score.Interaction, []score.Term, error) {
				asked = append(asked, q)
				return x, terms, err
			}
			return w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(5000, "NO93 8601 1117 947")})
		}
		term := func(weight int) []score.Term {
			return []score.Term{{Code: "presence.home", Family: score.FamilyInteraction, Side: score.Session, Weight: weight}}
		}
		silent := must[risk.Assessment](w)(pay(score.Interaction{}, nil, nil))
		good := must[risk.Assessment](w)(pay(score.Interaction{Outcome: "allow"}, term(-1500), nil))
		bad := must[risk.Assessment](w)(pay(score.Interaction{Outcome: "limited"}, term(1500), nil))
		if good.Result.Sum != silent.Result.Sum-1500 || bad.Result.Sum != silent.Result.Sum+1500 {
			t.Errorf("sums %d with a good context, %d without, %d with a bad one", good.Result.Sum, silent.Result.Sum, bad.Result.Sum)
		}
		flood := must[risk.Assessment](w)(pay(score.Interaction{Outcome: "step_up"}, term(50_000), nil))
		if flood.Result.Sum != silent.Result.Sum+score.Bound {
			t.Errorf("devices move the sum by %d, their bound is %d", flood.Result.Sum-silent.Result.Sum, score.Bound)
		}
		demand := score.Demand{Code: "interaction.over_amount", Decision: score.StepUp}
		over := must[risk.Assessment](w)(pay(score.Interaction{Outcome: "step_up", Demand: demand}, nil, nil))
		if over.Result.Decision != score.StepUp || !slices.Contains(over.Result.Reasons(), demand.Code) {
			t.Errorf("over a restriction: %+v", over.Result)
		}
		again := must[risk.Assessment](w)(w.Again(w.Context(), bank, alice, over.ID))
		if again.Result.Decision != score.StepUp || len(asked) != 5 {
			t.Errorf("judged again: %s, devices asked %d times", again.Result.Decision, len(asked))
		}
		if q := asked[0]; q.Customer != alice || q.Event != silent.ID || q.Kind != score.KindPayment || len(q.Items) != 1 {
			t.Errorf("asked %+v", q)
		}
		failed := must[risk.Assessment](w)(w.Guard(w.Context(), time.Minute, func(context.Context) (risk.Assessment, error) {
			return pay(score.Interaction{}, nil, errors.New("broken"))
		}))
		if failed.Result.Decision != score.StepUp || !slices.Contains(failed.Result.Reasons(), score.CodeUnavailable) {
			t.Errorf("devices that cannot be asked: %+v", failed.Result)
		}
		before := len(asked)
		private := w.home(alice)
		private.NoConsent = true
		must[risk.Assessment](w)(w.Session(w.Context(), bank, private))
		if len(asked) != before {
			t.Error("devices were asked without the customer's consent to profiling")
		}
	})
}
