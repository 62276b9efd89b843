package risk_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// TestAgainIsNeverMoreLenient: rules that came into force meanwhile make a judgment
// stricter, and never softer; what has ended stays as it was.
func TestAgainIsNeverMoreLenient(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 15)
		w.clock.Advance(time.Hour)
		pay := func() ident.ID {
			return must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(9_000, "NO9386011117947")})).ID
		}
		w.Preset = simple{limit: 1e9}
		open, ended := pay(), pay()
		first := must[risk.Event](w)(w.Find(w.Context(), alice, open))
		if _, err := w.Sign(w.Context(), bank, alice, ended, "sms", true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Complete(w.Context(), bank, alice, ended); err != nil {
			t.Fatal(err)
		}
		w.Preset = simple{limit: 1}
		strict := must[risk.Assessment](w)(w.Again(w.Context(), bank, alice, open))
		if strict.Result.Decision == first.Result.Decision || score.Stricter(strict.Result.Decision, first.Result.Decision) != strict.Result.Decision || strict.Repeated {
			t.Errorf("by stricter rules: %+v, was %s", strict.Result, first.Result.Decision)
		}
		w.Preset = simple{limit: 1e9}
		if got := must[risk.Assessment](w)(w.Again(w.Context(), bank, alice, open)); got.Result.Decision != strict.Result.Decision || !got.Repeated {
			t.Errorf("by softer rules again: %+v", got.Result)
		}
		if e := must[risk.Event](w)(w.Find(w.Context(), alice, open)); e.Result.Score != strict.Result.Score || e.Result.Sum != strict.Result.Sum {
			t.Errorf("stored: %+v", e.Result)
		}
		w.Preset = simple{limit: 1}
		if got := must[risk.Assessment](w)(w.Again(w.Context(), bank, alice, ended)); got.State != risk.Completed || !got.Repeated {
			t.Errorf("one that has ended: %+v", got)
		}
		if _, err := w.Again(w.Context(), bank, bob, open); !fault.Is(err, "risk.unknown") {
			t.Errorf("somebody else's: %v", err)
		}
	})
}
