package policy_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TestVersion0 pins what is in force in a new installation.
func TestVersion0(t *testing.T) {
	t.Parallel()
	got, err := policy.Version0().Format()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/version0.golden.yaml"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("the embedded version changed; if that was meant, run with UPDATE_GOLDEN=1: %s", d)
	}
}

// good is a document without mistakes; the cases below each break one line.
const good = `policies:
  - code: a
    method: token
    failures: {max: 5, cool_down: 15m, max_blocks: 10}
    events: {window: 10, first_use: 100, resync: 1000}
    time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}
    challenge: {length: 8, ttl: 3m, max: 8}
    valid: 0s
journeys:
  - {purpose: login, channel: web, ttl: 10m, steps: [[a]]}
models:
  - {code: m, life: 0s, server_pin: prepend, policies: [a]}
registration:
  code_length: 16
  code_valid: 168h
  max_extend: 3
  attempts: {max: 5, cool_down: 15m, max_blocks: 4}
  resume: 30m
  token_tries: {max: 5, cool_down: 15m, max_blocks: 2}
  pin_length: 4
`

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := policy.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, broken, says string }{
		{"method: token", "method: magic", `policy a: the method "magic" does not exist`},
		{"code: a\n", "code: \"\"\n", `policies: the code "" is empty or used twice`},
		{"{max: 5, cool_down: 15m, max_blocks: 10}", "{max: 0}", "policy a: failures: max is 0; it must be 1 to 100"},
		{"{max: 5, cool_down: 15m, max_blocks: 10}", "{max: 101}", "policy a: failures: max is 101"},
		{"{max: 5, cool_down: 15m, max_blocks: 10}", "{max: 5, cool_down: -1s}", "policy a: failures: cool_down is -1s"},
		{"{max: 5, cool_down: 15m, max_blocks: 10}", "{max: 5, max_blocks: -1}", "policy a: failures: max_blocks is -1"},
		{"window: 10,", "window: 0,", "policy a: events.window is 0; it must be 1 to 100"},
		{"first_use: 100", "first_use: 9", "policy a: events.first_use is 9; it must be from the window to 1000"},
		{"resync: 1000}", "resync: 100001}", "policy a: events.resync is 100001"},
		{"skew: 1", "skew: 11", "policy a: time.skew is 11; it must be 0 to 10"},
		{"first_use: 20", "first_use: 121", "policy a: time.first_use is 121"},
		{"first_use: 20", "first_use: 0", "policy a: time.first_use is 0; it must be from the skew to 120"},
		{"resync: 120", "resync: 0", "policy a: time.resync is 0"},
		{"max_drift: 20", "max_drift: 0", "policy a: time.max_drift is 0; it must be 1 to 1000"},
		{"length: 8", "length: 3", "policy a: challenge.length is 3; it must be 4 to 16"},
		{"ttl: 3m", "ttl: 11m", "policy a: challenge.ttl is 11m0s; it must be 10s to 10m"},
		{"max: 8}", "max: 101}", "policy a: challenge.max is 101"},
		{"valid: 0s", "valid: -1s", "policy a: valid is -1s"},
		{"ttl: 10m", "ttl: 2h", "journey login on web: ttl is 2h0m0s; it must be 1m to 1h"},
		{"steps: [[a]]", "steps: []", "journey login on web: there are 0 steps"},
		{"steps: [[a]]", "steps: [[a], [a], [a], [a], [a], [a]]", "journey login on web: there are 6 steps"},
		{"steps: [[a]]", "steps: [[]]", "journey login on web: step 1 names no policy"},
		{"steps: [[a]]", "steps: [[a], [b]]", `journey login on web: step 2 names the unknown policy "b"`},
		{"purpose: login", "purpose: \"\"", "is empty or there twice"},
		{"models:", "  - {purpose: login, channel: web, ttl: 5m, steps: [[a]]}\nmodels:", "journeys: login on web is empty or there twice"},
		{"registration:", "  - {code: m}\nregistration:", `models: the code "m" is empty or used twice`},
		{"life: 0s", "life: -1s", "model m: life is -1s"},
		{"server_pin: prepend", "server_pin: within", `model m: server_pin is "within"`},
		{"policies: [a]", "policies: [b]", `model m: names the unknown policy "b"`},
		{"code_length: 16", "code_length: 7", "registration: code_length is 7; it must be 8 to 24"},
		{"code_valid: 168h", "code_valid: 2161h", "registration: code_valid is 2161h"},
		{"max_extend: 3", "max_extend: 21", "registration: max_extend is 21"},
		{"resume: 30m", "resume: 30s", "registration: resume is 30s"},
		{"pin_length: 4", "pin_length: 3", "registration: pin_length is 3; it must be 4 to 8"},
		{"pin_length: 4", "pin_length: 9", "registration: pin_length is 9; it must be 4 to 8"}, // no PIN may be longer
		{"{max: 5, cool_down: 15m, max_blocks: 4}", "{max: 0}", "registration: attempts: max is 0"},
		{"{max: 5, cool_down: 15m, max_blocks: 2}", "{max: 0}", "registration: token_tries: max is 0"},
		{"method: token", "method: token\n    name: \"\\t\"", "policy a: code and name must be printable"},
		{"channel: web", `channel: "\u0007"`, "purpose and channel must be printable"},
		{"code: m,", "code: m, name: " + strings.Repeat("n", 201) + ",", "model m: code, name, manufacturer and model must be printable, of at most 200 bytes"},
		{"method: token", "method: token\n    approval: {bank: Bank}", "policy a: approval belongs to the methods approval, picture and mobile-id"},
		{"valid: 0s", "vaild: 0s", "field vaild not found"},
		{"pin_length: 4", "pin_length: 4\nsecret_door: true", "field secret_door not found"},
		{"code_length: 16", "code_length: many", "cannot unmarshal"},
		{good, "", "cannot be read"},
		{good, "policies: []\n", "policies: there is none"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("the case %q breaks nothing", c.broken)
		}
		_, err := policy.Parse([]byte(strings.Replace(good, c.old, c.broken, 1)))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", c.broken, err, c.says)
		}
	}
}

// TestEveryRuleHasItsCase counts the checks in the source, so that a new rule
// brings a case above, or in password_test.go and secret_test.go.
func TestEveryRuleHasItsCase(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("parse.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`m\.check\(`).FindAll(source, -1)); n != 37 {
		t.Errorf("there are %d rules; the cases were written for 37: add those of the new ones", n)
	}
}

func TestAllMistakesTogether(t *testing.T) {
	t.Parallel()
	doc := strings.NewReplacer("skew: 1", "skew: 11", "pin_length: 4", "pin_length: 3", "[[a]]", "[[b]]").Replace(good)
	_, err := policy.Parse([]byte(doc))
	if err == nil || strings.Count(err.Error(), "\n") < 2 {
		t.Errorf("three mistakes: %v", err)
	}
}

// set draws a valid set.
func set(t *rapid.T) *policy.Set {
	length := func(low, high int, name string) int { return rapid.IntRange(low, high).Draw(t, name) }
	span := func(low, high time.Duration, name string) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, name))
	}
	rule := func(name string) limit.Rule {
		return limit.Rule{Max: length(1, 100, name), CoolDown: span(0, time.Hour, name), MaxBlocks: length(0, 20, name)}
	}
	s := &policy.Set{}
	var codes []string
	for i := range length(1, 3, "policies") {
		window, skew := length(1, 100, "window"), length(0, 10, "skew")
		codes = append(codes, string(rune('a'+i)))
		s.Policies = append(s.Policies, policy.Policy{
			Code: codes[i], Name: text(t), Method: policy.MethodToken, Use: policy.UseCode, Failures: rule("failures"),
			Events:    policy.Events{Window: window, FirstUse: length(window, 1000, "first"), Resync: length(window, 100000, "resync")},
			Time:      policy.Time{Skew: skew, FirstUse: length(skew, 120, "first"), Resync: length(skew, 100000, "resync"), MaxDrift: length(1, 1000, "drift")},
			Challenge: policy.Challenge{Length: length(4, 16, "length"), TTL: span(10*time.Second, 10*time.Minute, "ttl"), Max: length(0, 100, "max")},
			Resync:    policy.Resync{SelfService: length(2, 3, "self"), HelpDesk: length(1, 3, "desk"), Clock: rapid.Bool().Draw(t, "clock"), Counter: rapid.Bool().Draw(t, "counter")},
			Valid:     span(0, 1000*time.Hour, "valid"),
		})
	}
	some := func() []string { return rapid.SliceOfN(rapid.SampledFrom(codes), 1, 3).Draw(t, "some") }
	for i := range length(1, 3, "journeys") {
		s.Journeys = append(s.Journeys, policy.Journey{Purpose: string(rune('p' + i)), Channel: "web", SCA: rapid.Bool().Draw(t, "sca"), TTL: span(time.Minute, time.Hour, "ttl"), Steps: [][]string{some()}})
	}
	s.Models = []policy.Model{{
		Code: "m", Name: text(t), Manufacturer: text(t), DevicePIN: rapid.Bool().Draw(t, "pin"),
		ServerPIN: rapid.SampledFrom([]policy.PINPlace{policy.PINNone, policy.PINPrepend, policy.PINAppend}).Draw(t, "place"), Life: span(0, time.Hour, "life"), Policies: some(),
	}}
	s.Registration = policy.Registration{
		CodeLength: length(8, 24, "length"), CodeValid: span(time.Minute, 90*24*time.Hour, "valid"), MaxExtend: length(0, 20, "extend"), Attempts: rule("attempts"),
		Resume: span(time.Minute, 24*time.Hour, "resume"), TokenTries: rule("tries"), PINLength: length(4, 8, "pin"), Split: rapid.Bool().Draw(t, "split"),
	}
	s.Identification = policy.Identification{
		Questions: []policy.Question{{Code: "q", Text: map[string]string{"en": "a question"}}, {Code: "r", Text: map[string]string{"en": "another"}}},
		Needed:    length(1, 2, "needed"), Valid: span(time.Minute, time.Hour, "valid"),
		Attempts: limit.Rule{Max: length(1, 100, "identifications"), CoolDown: span(time.Second, time.Hour, "cool")},
	}
	s.Unlock.Requests = rule("unlock")
	s.FourEyes = policy.FourEyes{Acts: rapid.SliceOfDistinct(rapid.SampledFrom(policy.Acts()), rapid.ID[policy.Act]).Draw(t, "acts"), Valid: span(time.Hour, 720*time.Hour, "valid")}
	signing(t, s)
	texts(t, s)
	exemptions(t, s)
	mobileIDs(t, s)
	companions(t, s)
	interactions(t, s)
	s.Payments = policy.Payments{Risk: rapid.SampledFrom([]string{policy.PaymentRiskOff, policy.PaymentRiskShadow, policy.PaymentRiskOn}).Draw(t, "payments"), Patience: 700 * time.Millisecond}
	return s
}

// signing lets the set's model sign payments, or not.
func signing(t *rapid.T, s *policy.Set) {
	s.Signing = []payment.Profile{}
	if !rapid.Bool().Draw(t, "signs") {
		return
	}
	p := s.Policies[0]
	p.Code, p.Use = "z", policy.UseSign
	s.Policies = append(s.Policies, p)
	s.Journeys = append(s.Journeys, policy.Journey{Purpose: policy.PurposePayment, Channel: "web", TTL: time.Minute, Steps: [][]string{{"z"}}})
	s.Models[0].Policies, s.Models[0].Signing = append(s.Models[0].Policies, "z"), "k"
	s.Signing = append(s.Signing, payment.Profile{
		Code: "k", Keypad: rapid.SampledFrom([]payment.Keypad{payment.Decimal, payment.Text}).Draw(t, "keypad"), Length: rapid.IntRange(16, 64).Draw(t, "length"),
		Single: []payment.Field{payment.FieldAmount, payment.FieldAccount}, Batch: []payment.Field{}, Currency: "EUR", Scheme: payment.IBAN, Country: "NO",
	})
}

// text draws what people may write.
func text(t *rapid.T) string {
	printable := rapid.Rune().Filter(func(r rune) bool { return unicode.IsPrint(r) })
	return rapid.StringOfN(printable, 0, 40, 200).Draw(t, "text")
}

func TestParseUndoesFormat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := set(t)
		doc, err := want.Format()
		if err != nil {
			t.Fatal(err)
		}
		got, err := policy.Parse(doc)
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("policies: &a [*a]"))
	doc, err := policy.Version0().Format()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc)
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, err := policy.Parse(doc)
		if err != nil {
			return
		}
		out, err := s.Format()
		if err != nil {
			t.Fatal(err)
		}
		again, err := policy.Parse(out)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, out)
		}
		more, err := again.Format()
		if err != nil || !bytes.Equal(out, more) {
			t.Errorf("not stable: %v\n%s\n%s", err, out, more)
		}
	})
}

func TestLookups(t *testing.T) {
	t.Parallel()
	s := policy.Version0()
	if p, ok := s.Policy("secure-code"); !ok || p.Failures.Max != 5 {
		t.Errorf("%+v, %t", p, ok)
	}
	if j, ok := s.Journey("login", "web"); !ok || len(j.Steps) != 1 {
		t.Errorf("%+v, %t", j, ok)
	}
	for _, missing := range []bool{has2(s.Policy("none")), has2(s.Journey("login", "fax")), has2(s.Journey("fax", "web")), has2(s.Model("none"))} {
		if missing {
			t.Error("found what is not there")
		}
	}
	for _, c := range []struct{ maker, model, want string }{
		{"oath.ALDR", "b120", "b120"}, {"oath.ALDR", "unknown", "other"}, {"oath.ELSE", "b120", "other"}, {"", "", "other"},
	} {
		if m, ok := s.Match(c.maker, c.model); !ok || m.Code != c.want || !m.Serves("secure-code") || m.Serves("none") {
			t.Errorf("%q %q is %q, want %q", c.maker, c.model, m.Code, c.want)
		}
	}
	s.Models = s.Models[:1]
	if _, ok := s.Match("oath.ELSE", "b100"); ok {
		t.Error("a model was found for a token that none fits")
	}
}

func has2[T any](_ T, ok bool) bool { return ok }
