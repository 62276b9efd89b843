package policy_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/policy"
)

func journey(ways ...string) policy.Journey {
	var j policy.Journey
	for _, w := range ways {
		var steps [][]string
		for step := range strings.SplitSeq(w, " ") {
			steps = append(steps, strings.Split(step, "|"))
		}
		j.Ways = append(j.Ways, policy.Way{Steps: steps})
	}
	return j
}

// TestNext: what is asked for next, by what was shown.
func TestNext(t *testing.T) {
	t.Parallel()
	j := journey("token", "password sms|app", "password|pin card token")
	for _, c := range []struct {
		shown, allowed string
		of             int
		done, fits     bool
	}{
		{"", "token password pin", 3, false, true},
		{"token", "", 1, true, true},
		{"password", "sms app card", 3, false, true}, // two ways are open
		{"password app", "", 2, true, true},
		{"pin", "card", 3, false, true},
		{"password card", "token", 3, false, true},
		{"pin card token", "", 3, true, true},
		{"pin sms", "", 0, false, false},
		{"token token", "", 0, false, false},
		{"sms", "", 0, false, false},
	} {
		n := j.Next(strings.Fields(c.shown))
		if got := strings.Join(n.Allowed, " "); got != c.allowed || n.Of != c.of || n.Done != c.done || n.Fits != c.fits {
			t.Errorf("after %q: %+v", c.shown, n)
		}
	}
}

// TestStepsAreTheFirstWay: a journey with steps only has one way, as all had before.
func TestStepsAreTheFirstWay(t *testing.T) {
	t.Parallel()
	j := journey("password sms")
	j.Steps = [][]string{{"token"}}
	if n := j.Next(nil); !slices.Equal(n.Allowed, []string{"token", "password"}) || n.Of != 2 {
		t.Errorf("%+v", n)
	}
	if got := j.Codes(); !slices.Equal(got, []string{"token", "password", "sms"}) {
		t.Errorf("codes %v", got)
	}
}

// TestEveryWayCanBeGone: whatever is chosen of what is allowed, the journey ends after
// at most as many steps as it said, and what is shown is then a whole way.
func TestEveryWayCanBeGone(t *testing.T) {
	t.Parallel()
	codes := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3, rapid.ID[string])
	way := rapid.Custom(func(t *rapid.T) policy.Way { return policy.Way{Steps: rapid.SliceOfN(codes, 1, 4).Draw(t, "steps")} })
	rapid.Check(t, func(t *rapid.T) {
		j := policy.Journey{Ways: rapid.SliceOfN(way, 1, 4).Draw(t, "ways")}
		var shown []string
		for {
			n := j.Next(shown)
			if !n.Fits || len(shown) > n.Of || n.Done != (len(n.Allowed) == 0) {
				t.Fatalf("after %v: %+v", shown, n)
			}
			if n.Done {
				break
			}
			shown = append(shown, rapid.SampledFrom(n.Allowed).Draw(t, "next"))
		}
		if !slices.ContainsFunc(j.Ways, func(w policy.Way) bool {
			return len(w.Steps) == len(shown) && fits(w, shown)
		}) {
			t.Fatalf("%v is no way of %v", shown, j.Ways)
		}
	})
}

func fits(w policy.Way, shown []string) bool {
	for i, code := range shown {
		if !slices.Contains(w.Steps[i], code) {
			return false
		}
	}
	return true
}

// TestMistakesOfWays: documents that nobody could follow are refused with the reason.
func TestMistakesOfWays(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("version0.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const steps = "steps: [[secure-code]]}"
	for to, says := range map[string]string{
		"ways: []}": "there are 0 steps",
		"steps: [[secure-code]], ways: [{steps: [[secure-code], [secure-code]]}]}": "may be at the beginning of way 2",
		"steps: [[secure-code]], ways: [{steps: [[none]]}]}":                       `way 2: step 1 names the unknown policy "none"`,
		"ways: [{steps: []}]}": "there are 0 steps",
		"steps: [[secure-code]], ways: [{steps: [[transaction-signature]]}]}": "there is no payment to sign",
	} {
		doc := strings.Replace(string(source), steps, to, 1)
		if _, err := policy.Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", to, err)
		}
	}
}
