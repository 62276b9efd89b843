package policy_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		list := func(before int64, limit int) string {
			all, err := b.Versions(t.Context(), before, limit)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for _, v := range all {
				fmt.Fprintf(&out, " %d", v.Number)
				if v.Active {
					out.WriteString("*")
				}
			}
			return out.String()
		}
		if got := list(0, 5); got != " 0*" {
			t.Errorf("at first:%s", got)
		}
		store(t, b, good)
		two := store(t, b, upkeep)
		if err := b.Activate(t.Context(), by(), 0, two); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			before int64
			limit  int
			want   string
		}{{0, 5, " 2* 1 0"}, {0, 2, " 2* 1"}, {1, 2, " 0"}, {0, 3, " 2* 1 0"}} {
			if got := list(c.before, c.limit); got != c.want {
				t.Errorf("before %d, %d:%s; want%s", c.before, c.limit, got, c.want)
			}
		}
		for _, n := range []int{0, 201} {
			if _, err := b.Versions(t.Context(), 0, n); !fault.Is(err, "policy.limit") {
				t.Errorf("%d: %v", n, err)
			}
		}
		all, _ := b.Versions(t.Context(), 0, 1)
		if all[0].Digest != sha256.Sum256([]byte(upkeep)) || all[0].By != by().String() || all[0].Stored.IsZero() {
			t.Errorf("%+v", all[0])
		}
	})
}

func TestGetVersion(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		v := store(t, b, "# why\n"+good)
		s, doc, err := b.Get(t.Context(), v)
		if err != nil || s.Version != v || string(doc) != "# why\n"+good {
			t.Errorf("%v: version %d, %q", err, s.Version, doc)
		}
		s, doc, err = b.Get(t.Context(), 0)
		if err != nil || s.Version != 0 || !strings.HasPrefix(string(doc), "# Version 0") {
			t.Errorf("%v: %q", err, doc)
		}
		for _, none := range []int64{-1, 2} {
			if _, _, err := b.Get(t.Context(), none); !fault.Is(err, "policy.unknown") {
				t.Errorf("version %d: %v", none, err)
			}
		}
	})
}

func TestDiff(t *testing.T) {
	t.Parallel()
	base := parse(t, upkeep+"# remark\n")
	if changes, err := policy.Diff(base, base); err != nil || len(changes) != 0 {
		t.Errorf("with itself: %v, %v", changes, err)
	}
	cases := map[string]struct{ old, to, want string }{
		"a number":               {"max: 8}", "max: 9}", "policies[a].challenge.max: 8 → 9"},
		"a time":                 {"  valid: 15m", "  valid: 20m", "identification.valid: 15m0s → 20m0s"},
		"written otherwise":      {"  valid: 15m", "  valid: 900s # the same", ""},
		"a default spelled out":  {"valid: 0s", "valid: 0s\n    resync: {self_service: 2, help_desk: 1, clock: true}", ""},
		"acts in another order":  {"[bulk]", "[token.import, bulk]", "four_eyes.acts: [bulk] → [bulk, token.import]"},
		"an added question":      {"{code: q, text: {en: asked}}", "{code: q, text: {en: asked}}\n    - {code: r, text: {en: too, de: auch}}", "identification.questions (order): q → q, r|identification.questions[r].code: (nothing) → r|identification.questions[r].text.de: (nothing) → auch|identification.questions[r].text.en: (nothing) → too"},
		"a question taken out":   {"{code: q, text: {en: asked}}", "{code: r, text: {en: asked}}", "identification.questions (order): q → r|identification.questions[r].code: (nothing) → r|identification.questions[r].text.en: (nothing) → asked|identification.questions[q].code: q → (nothing)|identification.questions[q].text.en: asked → (nothing)"},
		"a text becomes nothing": {"server_pin: prepend", `server_pin: ""`, `models[m].server_pin: prepend → ""`},
	}
	for name, c := range cases {
		if !strings.Contains(upkeep, c.old) {
			t.Fatalf("%s: nothing changes", name)
		}
		there := parse(t, strings.Replace(upkeep, c.old, c.to, 1))
		if got := lines(t, base, there); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	reordered := strings.NewReplacer("[bulk]", "[bulk, token.import]").Replace(upkeep)
	again := strings.NewReplacer("[bulk]", "[token.import, bulk]").Replace(upkeep)
	if got := lines(t, parse(t, reordered), parse(t, again)); got != "" {
		t.Errorf("the order of acts: %s", got)
	}
}

// TestDiffOfOrder: of the models the first that fits is taken, so their order is
// a difference; that of journeys is none.
func TestDiffOfOrder(t *testing.T) {
	t.Parallel()
	a, b := policy.Version0(), policy.Version0()
	b.Models[0], b.Models[1] = b.Models[1], b.Models[0]
	b.Journeys[0], b.Journeys[1] = b.Journeys[1], b.Journeys[0]
	got := lines(t, a, b)
	if !strings.HasPrefix(got, "models (order): b100, b110, ") || strings.Count(got, "|") != 0 {
		t.Errorf("%s", got)
	}
	b.Models = b.Models[2:]
	if got := lines(t, a, b); !strings.Contains(got, "models[b100].manufacturer: oath.ALDR → (nothing)") {
		t.Errorf("%s", got)
	}
}

func parse(t *testing.T, doc string) *policy.Set {
	t.Helper()
	s, err := policy.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(t *testing.T, a, b *policy.Set) string {
	t.Helper()
	changes, err := policy.Diff(a, b)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(changes))
	for i, c := range changes {
		out[i] = c.String()
	}
	return strings.Join(out, "|")
}
