package policy_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/policy"
)

// TestJudged: a step-up asks for one more proof, unless one that would do was given.
func TestJudged(t *testing.T) {
	t.Parallel()
	j := journey("token", "password sms")
	j.Risk = policy.JourneyRisk{On: true, StepUp: []string{"token", "app"}}
	for _, c := range []struct {
		shown   string
		up      bool
		allowed string
		of      int
		done    bool
		fits    bool
	}{
		{"", false, "token password", 2, false, true},
		{"", true, "token password", 3, false, true},
		{"token", true, "", 1, true, true}, // it is one of those that step up
		{"password", true, "sms", 3, false, true},
		{"password sms", false, "", 2, true, true},
		{"password sms", true, "token app", 3, false, true},
		{"password sms app", true, "", 3, true, true},
		{"password sms app", false, "", 3, true, true}, // the engine changed its mind: it was shown all the same
		{"password sms sms", true, "", 0, false, false},
		{"password app", true, "", 0, false, false},
		{"password sms app app", true, "", 0, false, false},
	} {
		n := j.Judged(strings.Fields(c.shown), c.up)
		if got := strings.Join(n.Allowed, " "); got != c.allowed || n.Of != c.of || n.Done != c.done || n.Fits != c.fits {
			t.Errorf("after %q, step-up %t: %+v", c.shown, c.up, n)
		}
	}
	j.Risk.StepUp = nil
	if n := j.Judged([]string{"token"}, true); !n.Done {
		t.Errorf("without policies that step up: %+v", n)
	}
}

// TestAStepUpNeverAsksForLess: whatever the ways and the choice are, a journey that was
// stepped up ends with a proof that steps up, and asked for everything that it asks for else.
func TestAStepUpNeverAsksForLess(t *testing.T) {
	t.Parallel()
	codes := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3, rapid.ID[string])
	way := rapid.Custom(func(t *rapid.T) policy.Way { return policy.Way{Steps: rapid.SliceOfN(codes, 1, 3).Draw(t, "steps")} })
	rapid.Check(t, func(t *rapid.T) {
		j := policy.Journey{Ways: rapid.SliceOfN(way, 1, 3).Draw(t, "ways"), Risk: policy.JourneyRisk{On: true, StepUp: codes.Draw(t, "step-up")}}
		var shown []string
		for {
			n := j.Judged(shown, true)
			if !n.Fits || n.Done != (len(n.Allowed) == 0) || len(shown) > n.Of {
				t.Fatalf("after %v: %+v", shown, n)
			}
			if n.Done {
				break
			}
			shown = append(shown, rapid.SampledFrom(n.Allowed).Draw(t, "next"))
		}
		if !slices.ContainsFunc(shown, func(c string) bool { return slices.Contains(j.Risk.StepUp, c) }) {
			t.Fatalf("%v ends without a step-up by %v", shown, j.Risk.StepUp)
		}
		if !j.Next(shown).Done && !j.Next(shown[:len(shown)-1]).Done {
			t.Fatalf("%v is less than a way of %v", shown, j.Ways)
		}
	})
}

func TestMistakesOfStepUps(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("version0.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for to, says := range map[string]string{
		"steps: [[secure-code]], exempt: true}":                                           "exempt is for payments and logins whose risk is judged",
		"steps: [[secure-code]], risk: {on: true, step_up: [none]}}":                      `risk.step_up names the unknown policy "none"`,
		"steps: [[secure-code]], risk: {on: false, step_up: [secure-code]}}":              "set risk.on to true",
		"steps: [[secure-code]], risk: {on: true, step_up: [a, a, a, a, a, a, a, a, a]}}": "names 9 policies",
		"steps: [[secure-code]], risk: {on: true, step_up: [transaction-signature]}}":     "there is no payment to sign",
	} {
		if _, err := policy.Parse([]byte(strings.Replace(string(source), "steps: [[secure-code]]}", to, 1))); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", to, err)
		}
	}
}
