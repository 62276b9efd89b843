package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/policy"
)

// interactions draws what a set says about patterns of devices.
func interactions(t *rapid.T, s *policy.Set) {
	span := func(low, high time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, "interaction"))
	}
	amount := rapid.Int64Range(1, 1e9).Draw(t, "interaction")
	s.Interaction = policy.Interaction{
		Mode:     rapid.SampledFrom([]string{policy.InteractionOff, policy.InteractionShadow, policy.InteractionOn}).Draw(t, "interaction"),
		HalfLife: rapid.IntRange(7, 90).Draw(t, "interaction"), Level: rapid.IntRange(8, 14).Draw(t, "interaction"),
		LearnAfter: span(time.Hour, 7*24*time.Hour), Keep: span(8*24*time.Hour, 30*24*time.Hour), Window: span(5*time.Minute, 12*time.Hour), Fade: span(time.Minute, 5*time.Minute),
		Allow: 3, Limit: -0.5, Deny: -float64(rapid.IntRange(1, 50).Draw(t, "interaction")),
		Refuse: policy.InteractionBlock, ThinDays: rapid.IntRange(1, 28).Draw(t, "interaction"), Thin: policy.InteractionStepUp,
		Restrictions: policy.Restrictions{Currency: "CHF", Amount: amount, Daily: 2 * amount, Categories: []string{"5411"}, Contactless: rapid.Bool().Draw(t, "interaction")},
		Logs:         rapid.Bool().Draw(t, "interaction"),
	}
}

func TestInteractionDefaults(t *testing.T) {
	t.Parallel()
	usual := policy.Version0().Interaction
	if usual.Mode != policy.InteractionShadow {
		t.Errorf("mode %q: nothing may depend on patterns before somebody has looked at them", usual.Mode)
	}
	some := usual
	some.Mode, some.Keep, some.Restrictions.Amount, some.Restrictions.Daily = policy.InteractionOn, 240*time.Hour, 1000, 2000
	for section, want := range map[string]policy.Interaction{
		"":   usual,
		"{}": usual,
		"{mode: on, keep: 240h, restrictions: {amount: 1000, daily: 2000}}": some,
	} {
		doc := good
		if section != "" {
			doc += "\ninteraction: " + section + "\n"
		}
		s, err := policy.Parse([]byte(doc))
		if err != nil {
			t.Fatalf("%q: %v", section, err)
		}
		if d := cmp.Diff(want, s.Interaction); d != "" {
			t.Errorf("%q: %s", section, d)
		}
	}
}

func TestInteractionMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]string{
		"{mode: maybe}":                             "interaction: mode is \"maybe\"; use off, shadow or on",
		"{half_life: 6}":                            "half_life is 6 days",
		"{level: 15}":                               "level is 15",
		"{learn_after: 1m}":                         "learn_after is 1m0s",
		"{keep: 721h}":                              "keep is 721h0m0s",
		"{keep: 47h}":                               "keep is 47h0m0s",
		"{learn_after: 100h, keep: 100h}":           "a day more than learn_after",
		"{window: 1m}":                              "window is 1m0s",
		"{fade: 3h}":                                "fade is 3h0m0s",
		"{allow: -3, limit: -2, deny: -4}":          "must rise",
		"{allow: 60, limit: -2, deny: -4}":          "from -50 to 50",
		"{refuse: allow}":                           "refuse is \"allow\"",
		"{thin_days: 29}":                           "thin_days is 29",
		"{thin: allow}":                             "thin is \"allow\"",
		"{restrictions: {amount: 5, daily: 4}}":     "not the smaller",
		"{restrictions: {currency: XYZ}}":           "currency is \"XYZ\"",
		"{restrictions: {categories: [\"54-11\"]}}": "four digits each",
		"{restrictions: {amount: -5, daily: -5}}":   "must not be negative",
	} {
		if _, err := policy.Parse([]byte(good + "\ninteraction: " + section + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", section, err, want)
		}
	}
}
