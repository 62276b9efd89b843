package policy_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/policy"
)

// companions draws what a set says about the devices that customers live with.
func companions(t *rapid.T, s *policy.Set) {
	span := func(low, high time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, "companions"))
	}
	s.Companions = policy.Companions{Invitation: span(5*time.Minute, 24*time.Hour), Quarantine: span(time.Minute, 720*time.Hour), Devices: rapid.IntRange(1, 100).Draw(t, "companions")}
}

func TestCompanionDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		section string
		want    policy.Companions
	}{
		{"", policy.Companions{15 * time.Minute, 72 * time.Hour, 20}},
		{"{devices: 5}", policy.Companions{15 * time.Minute, 72 * time.Hour, 5}},
		{"{quarantine: 1h, invitation: 1h}", policy.Companions{time.Hour, time.Hour, 20}},
	} {
		doc := good
		if c.section != "" {
			doc += "\ncompanions: " + c.section + "\n"
		}
		s, err := policy.Parse([]byte(doc))
		if err != nil || s.Companions != c.want {
			t.Errorf("%q: %+v, %v; want %+v", c.section, s, err, c.want)
		}
	}
}

func TestCompanionMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]string{
		"{invitation: 1m}":               "companions: invitation is 1m0s; it must be 5m to 24h",
		"{quarantine: -1s, devices: 3}":  "companions: quarantine is -1s; it must be 1m to 720h",
		"{quarantine: 721h}":             "it must be 1m to 720h",
		"{devices: 101}":                 "companions: devices is 101; it must be 1 to 100",
		"{devices: -1, quarantine: 24h}": "companions: devices is -1",
	} {
		if _, err := policy.Parse([]byte(good + "\ncompanions: " + section + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", section, err, want)
		}
	}
}
