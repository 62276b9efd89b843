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

// TestDiffShowsWays: a change of the ways of a journey is listed with all that they ask
// for, so that nobody takes a factor away unseen.
func TestDiffShowsWays(t *testing.T) {
	t.Parallel()
	strong := &policy.Set{Journeys: []policy.Journey{journey("password sms|app", "token")}}
	weak := &policy.Set{Journeys: []policy.Journey{journey("password", "token")}}
	for i, s := range []*policy.Set{strong, weak} {
		s.Journeys[0].Purpose, s.Journeys[0].Channel = "login", "web"
		if changes, err := policy.Diff(s, s); err != nil || len(changes) != 0 {
			t.Errorf("set %d against itself: %v, %v", i, changes, err)
		}
	}
	changes, err := policy.Diff(strong, weak)
	want := policy.Change{
		Path: "journeys[login/web].ways",
		Old:  "[{steps: [[password], [sms, app]]}, {steps: [[token]]}]",
		New:  "[{steps: [[password]]}, {steps: [[token]]}]",
	}
	if err != nil || len(changes) != 1 || changes[0] != want {
		t.Errorf("%v, %v", changes, err)
	}
}

// TestDiffMissesNoWay: sets whose ways differ are never told to be alike.
func TestDiffMissesNoWay(t *testing.T) {
	t.Parallel()
	steps := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"password", "sms", "token"}), 1, 2), 1, 3)
	set := func(r *rapid.T, label string) *policy.Set {
		j := policy.Journey{Purpose: "login", Channel: "web"}
		for _, s := range rapid.SliceOfN(steps, 1, 3).Draw(r, label) {
			j.Ways = append(j.Ways, policy.Way{Steps: s})
		}
		return &policy.Set{Journeys: []policy.Journey{j}}
	}
	same := func(a, b policy.Way) bool { return slices.EqualFunc(a.Steps, b.Steps, slices.Equal) }
	rapid.Check(t, func(r *rapid.T) {
		a, b := set(r, "a"), set(r, "b")
		changes, err := policy.Diff(a, b)
		if err != nil || (len(changes) == 0) != slices.EqualFunc(a.Journeys[0].Ways, b.Journeys[0].Ways, same) {
			r.Errorf("%v and %v: %v, %v", a.Journeys[0].Ways, b.Journeys[0].Ways, changes, err)
		}
	})
}
