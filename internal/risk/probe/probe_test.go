package probe_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk/probe"
)

const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

// sample is what a browser sent, with a customer's hand at the keys.
func sample(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAReportOfACustomerHasNoSignals(t *testing.T) {
	t.Parallel()
	r, err := probe.Parse([]byte(sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Signals(agent); len(got) != 0 {
		t.Errorf("signals %v", got)
	}
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(normal(t, []byte(sample(t))), normal(t, again)); diff != "" {
		t.Errorf("something of the report is lost (-sent +read):\n%s", diff)
	}
}

func normal(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSignals: each change fires exactly its signal.
func TestSignals(t *testing.T) {
	t.Parallel()
	fired := map[string]bool{probe.Missing: true, probe.Malformed: true}
	for want, change := range map[string]func(*probe.Report){
		"probe.agent":      func(r *probe.Report) { r.Browser.Agent = "Mozilla/5.0 (Windows NT 10.0)" },
		"tamper.functions": func(r *probe.Report) { r.Tamper.Replaced = []string{"fetch"} },
		"tamper.content":   func(r *probe.Report) { r.Tamper.Fields = 1 },
		"tamper.form":      func(r *probe.Report) { r.Tamper.Forms = 1 },
		"tamper.policy":    func(r *probe.Report) { r.Tamper.Policy = 2 },
		"tamper.framed":    func(r *probe.Report) { r.Tamper.Framed = true },
		"input.untrusted":  func(r *probe.Report) { r.Typing.Untrusted = 1 },
		"input.silent":     func(r *probe.Report) { r.Typing.Silent = 1 },
		"input.steady":     func(r *probe.Report) { r.Typing.Dwell.SD, r.Typing.Flight.SD = 0, 1 },
	} {
		r, err := probe.Parse([]byte(sample(t)))
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		if got := r.Signals(agent); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: signals %v", want, got)
		}
		fired[want] = true
	}
	for _, code := range probe.Codes() {
		if name, ok := strings.CutPrefix(code, "automation."); ok {
			r := probe.Report{V: 1, Automation: []string{name, "something-new"}}
			if got := r.Signals(""); !slices.Equal(got, []string{code}) {
				t.Errorf("%s: signals %v", code, got)
			}
		} else if !fired[code] {
			t.Errorf("no case fires %s", code)
		}
	}
}

func TestWhatIsNoReport(t *testing.T) {
	t.Parallel()
	good := sample(t)
	for name, text := range map[string]string{
		"nothing":             "",
		"a text":              `"hello"`,
		"null":                "null",
		"two":                 good + good,
		"another version":     strings.Replace(good, `"v": 1`, `"v": 2`, 1),
		"an unknown field":    strings.Replace(good, `"v": 1`, `"v": 1, "x": 1`, 1),
		"a negative count":    strings.Replace(good, `"pastes": 0`, `"pastes": -1`, 1),
		"a count that tells":  strings.Replace(good, `"count": 15`, `"count": 12`, 1),
		"an endless count":    strings.Replace(good, `"pastes": 0`, `"pastes": 1e99`, 1),
		"half a number":       strings.Replace(good, `"pastes": 0`, `"pastes": 0.5`, 1),
		"a long text":         strings.Replace(good, `"zone": "`, `"zone": "`+strings.Repeat("x", 400), 1),
		"many languages":      strings.Replace(good, `"languages": [`, `"languages": [`+strings.Repeat(`"xx",`, 20), 1),
		"a megabyte":          strings.Replace(good, `"zone": "`, `"zone": "`+strings.Repeat("x", 1<<20), 1),
		"a megabyte of depth": strings.Repeat("[", 1<<20),
		"broken text":         strings.Replace(good, `"zone": "`, "\"zone\": \"\xff", 1),
		"another reason":      strings.Replace(good, `"submit"`, `"other"`, 1),
		"a screen of one":     strings.Replace(good, `"ratio": 1`, `"ratio": -1`, 1),
	} {
		if _, err := probe.Parse([]byte(text)); !fault.Is(err, "risk.probe") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeviceOfAPhoneThatIsTurned: the same machine is the same device, also on its side
// and after an update; another one is not.
func TestDeviceOfAPhoneThatIsTurned(t *testing.T) {
	t.Parallel()
	r, err := probe.Parse([]byte(sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	turned := r
	turned.Hardware.Screen[0], turned.Hardware.Screen[1] = r.Hardware.Screen[1], r.Hardware.Screen[0]
	turned.Browser.Agent = strings.Replace(agent, "156", "157", 1)
	if turned.Device() != r.Device() {
		t.Errorf("%s became %s", r.Device(), turned.Device())
	}
	other := r
	other.Hardware.Graphics = "0000000000000000"
	if other.Device() == r.Device() {
		t.Error("another graphics card is the same device")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample(f)))
	f.Add([]byte(`{"v":1,"seq":1,"why":"load"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := probe.Parse(body)
		if err != nil {
			if !fault.Is(err, "risk.probe") {
				t.Errorf("%v", err)
			}
			return
		}
		for _, code := range r.Signals(agent) {
			if !slices.Contains(probe.Codes(), code) {
				t.Errorf("the unknown signal %s", code)
			}
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := probe.Parse(again); err != nil && len(again) <= probe.MaxSize {
			t.Errorf("its own form is refused: %s", again)
		} else if err == nil && back.Device() != r.Device() {
			t.Errorf("%q became %q", r.Device(), back.Device())
		}
	})
}
