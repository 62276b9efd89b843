//go:build browser

package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// signals has a session judged that came from the page with a visit, and says what was
// known of it.
func (c *apiClient) signals(reference, customer, visit string) (all []string) {
	c.t.Helper()
	judged := c.post("/v1/risk/sessions", map[string]any{
		"customer_number": customer, "reference": reference, "channel": "web", "circumstances": map[string]any{"address": "192.0.2.10", "visit": visit},
	})
	e := c.get(fmt.Sprintf("/v1/risk/events/%s?customer_number=%s", judged["event"], customer))
	for _, s := range e["signals"].([]any) {
		all = append(all, s.(string))
	}
	return all
}

// F-6.2.1–2: the login of the bank has the probe, what a driven browser is is seen, that of a
// person has nothing against it, and the page works without the script, which is seen as well.
func TestLoginHasTheProbe(t *testing.T) {
	demo := startDemo(t)
	c, b := newClient(t, demo), webtest.StartConspicuous(t)
	customer := demo.Customers[0].Number
	refused := func(p *webtest.Tab) {
		p.Fill("#f-customer_number", customer)
		p.Fill("#f-code", "000000")
		p.Submit()
		p.Wait("#f-code-error")
	}
	for _, path := range []string{"/", "/login", "/login/password"} {
		p := b.Tab(t)
		p.Open(demo.URLs["bank"] + path)
		visit := p.Attr("input[name='page']", "value")
		driven := func(s string) bool { return strings.HasPrefix(s, "automation.") }
		for i := 0; ; i++ { // the report leaves a moment after the load
			got := c.signals(fmt.Sprintf("%s-%d", path, i), customer, visit)
			if slices.ContainsFunc(got, driven) && !slices.Contains(got, "probe.missing") && !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "tamper.") }) {
				break
			}
			if !slices.Equal(got, []string{"probe.missing"}) || t.Context().Err() != nil {
				t.Fatalf("%s: signals %v", path, got)
			}
		}
		if path == "/login" {
			if p.Open(demo.URLs["bank"] + path); p.Attr("input[name='page']", "value") == visit {
				t.Error("two views of a page have one visit")
			}
		}
	}
	b = webtest.Start(t)
	person := b.Tab(t)
	person.Open(demo.URLs["bank"] + "/login")
	seen := person.Attr("input[name='page']", "value")
	refused(person)
	for i := 0; ; i++ { // both reports, of the load and of the form
		got := c.signals(fmt.Sprintf("person-%d", i), customer, seen)
		if len(got) == 0 {
			break
		}
		if !slices.Equal(got, []string{"probe.missing"}) || t.Context().Err() != nil {
			t.Fatalf("a person: signals %v", got)
		}
	}
	plain := b.Tab(t)
	plain.NoScript()
	plain.Open(demo.URLs["bank"] + "/login")
	visit := plain.Attr("input[name='page']", "value")
	refused(plain)
	if got := c.signals("plain", customer, visit); !slices.Equal(got, []string{"probe.missing"}) {
		t.Errorf("without the script: signals %v", got)
	}
}
