package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/policy"
)

// withBlock is the embedded document with a journey of which risk is judged.
func withBlock(t *testing.T, risk string) string {
	t.Helper()
	source, err := os.ReadFile("version0.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(source), "steps: [[secure-code]]}", "steps: [[secure-code]], risk: {"+risk+"}}", 1)
}

// TestChannelBlock: what a document leaves out is a block of a day, after a proof; the
// document that is written says so, and is read again as the same.
func TestChannelBlock(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		risk  string
		want  policy.ChannelBlock
		until time.Time
	}{
		{"on: true", policy.ChannelBlock{After: policy.BlockProven, For: 24 * time.Hour}, now.Add(24 * time.Hour)},
		{"on: true, channel_block: {for: 5m}", policy.ChannelBlock{After: policy.BlockProven, For: 5 * time.Minute}, now.Add(5 * time.Minute)},
		{"on: true, channel_block: {after: any}", policy.ChannelBlock{After: policy.BlockAny, For: 24 * time.Hour}, now.Add(24 * time.Hour)},
		{"on: true, channel_block: {after: any, until_lifted: true}", policy.ChannelBlock{After: policy.BlockAny, UntilLifted: true}, time.Time{}},
		{"on: true, channel_block: {after: never}", policy.ChannelBlock{After: policy.BlockNever}, now},
		{"on: false", policy.ChannelBlock{}, now},
	} {
		s, err := policy.Parse([]byte(withBlock(t, c.risk)))
		if err != nil {
			t.Fatalf("%s: %v", c.risk, err)
		}
		if got := s.Journeys[0].Risk.ChannelBlock; got != c.want || !got.Until(now).Equal(c.until) {
			t.Errorf("%s: %+v, until %v", c.risk, got, got.Until(now))
		}
		doc, err := s.Format()
		if err != nil {
			t.Fatal(err)
		}
		again, err := policy.Parse(doc)
		if err != nil || cmp.Diff(s, again) != "" {
			t.Errorf("%s: read again: %v %s", c.risk, err, cmp.Diff(s, again))
		}
	}
	if got := policy.Version0().Channels(); cmp.Diff(got, []string{"web", "mobile", "branch"}) != "" {
		t.Errorf("the channels are %q", got)
	}
}

func TestMistakesOfChannelBlocks(t *testing.T) {
	t.Parallel()
	for risk, says := range map[string]string{
		"on: false, channel_block: {after: any}":                             "set risk.on to true",
		"on: true, channel_block: {after: always}":                           `after is "always"; use never, proof or any`,
		"on: true, channel_block: {after: never, for: 1h}":                   "leave for and until_lifted out",
		"on: true, channel_block: {after: any, for: 1h, until_lifted: true}": "leave one of them out",
		"on: true, channel_block: {after: any, for: 1m}":                     "it must be 5m to 8760h",
		"on: true, channel_block: {after: any, for: 9000h}":                  "it must be 5m to 8760h",
		"on: true, channel_block: {after: any, for: -1h}":                    "it must be 5m to 8760h",
		"on: true, channel_block: {after: any, whatever: 1h}":                "field whatever not found",
	} {
		_, err := policy.Parse([]byte(withBlock(t, risk)))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", risk, err)
		}
		if _, mistakes := policy.Examine([]byte(withBlock(t, risk))); len(mistakes) == 0 || mistakes[0].Line == 0 {
			t.Errorf("%s: examined: %+v", risk, mistakes)
		}
	}
}
