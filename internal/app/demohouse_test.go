package app_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestDemoHouse: a customer of the demo has lived with their devices for three weeks, and the server
// judges by it.
func TestDemoHouse(t *testing.T) {
	t.Parallel()
	bank := newClient(t, startDemo(t))
	x := bank.post("/v1/customers/10002004/interactions/decisions", map[string]any{"reference": "a terminal", "kind": "transaction", "amount": "20.00", "currency": "EUR"})
	decision, _ := x["decision"].(map[string]any)
	if x["judged"] != true || decision["mode"] != "on" || decision["zone"] == "thin" || decision["confidence"] != 100.0 {
		t.Errorf("%v; want a judgment by a pattern of three weeks", x)
	}
}

// TestHouseOfTheLab: the lab's house is judged by the server, by what the devices signed; a scene changes nothing, so the same one has the
// same word again.
func TestHouseOfTheLab(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	says := func(query string) string {
		t.Helper()
		r, err := http.Get(d.URLs["lab"] + "/house?" + query)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return webtest.Parse(t, string(page)).One(t, ".badge").Text()
	}
	const home = "hour=19&who=owner&watch=on&where=home&amount=60"
	for range 2 {
		for query, want := range map[string]string{
			home: "Allowed", "hour=19&who=owner&watch=on&where=away&amount=20": "Within limits", "hour=19&who=owner&watch=on&where=away&amount=60": "Another proof",
			"hour=19&who=thief&amount=20": "Another proof",
		} {
			if got := says(query); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
	}
	x := newClient(t, d).get("/v1/customers/10002004/interactions/decisions")
	if all, _ := x["decisions"].([]any); len(all) != 0 {
		t.Errorf("the scenes left %d decisions", len(all))
	}
}
