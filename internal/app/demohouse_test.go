package app_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

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

// TestPayingWithoutTheWatch: at a moment at which it lies elsewhere, a large payment to somebody new takes another factor, and is not refused.
func TestPayingWithoutTheWatch(t *testing.T) {
	t.Parallel()
	began, evening := time.Now(), time.Date(2026, 11, 23, 18, 59, 0, 0, time.UTC)
	bank := newClient(t, startDemoAt(t, func() time.Time { return evening.Add(time.Since(began)) }))
	x := bank.post("/v1/authentications", map[string]any{"customer_number": "10002004", "purpose": "payment", "channel": "web", "payment": map[string]any{"orders": []any{map[string]any{
		"payee": map[string]any{"scheme": "iban", "account": "DE89 3704 0044 0532 0130 00", "name": "Wood & Sons"}, "amount": "1234.50", "currency": "EUR",
	}}}})
	judged, _ := x["risk"].(map[string]any)
	if x["state"] != "open" || judged["decision"] != "step-up" {
		t.Fatalf("%v", x)
	}
	event, _ := judged["event"].(string)
	if e := bank.get("/v1/risk/events/" + event + "?customer_number=10002004"); e["score"] != 899.0 {
		t.Errorf("%v; want a moment at which the devices say too much", e)
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

// TestShopOfTheLab: with the watch the phone pays, without it or in a thief's hand it makes no cryptogram, with the PIN the server stands in, and what staff say of the
// watch holds at the till.
func TestShopOfTheLab(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	visit := func(form url.Values) *webtest.Node {
		t.Helper()
		r, err := http.PostForm(d.URLs["lab"]+"/shop", form) // which leads to the page
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v: %s", r.StatusCode, err, b)
		}
		return webtest.Parse(t, string(b))
	}
	pays := func(form string) string {
		t.Helper()
		v, err := url.ParseQuery("act=pay&amount=420&" + form)
		if err != nil {
			t.Fatal(err)
		}
		return visit(v).One(t, ".house-outcome").One(t, ".badge").Text()
	}
	for _, c := range []struct{ form, want string }{
		{"who=owner&watch=on", "Approved"},
		{"who=owner&watch=on&where=web", "Approved"},
		{"who=owner", "The watch is away"},
		{"who=thief&watch=on", "The watch is away"},
		{"who=thief&pin=0815", "Wrong PIN"},
	} {
		if got := pays(c.form); got != c.want {
			t.Errorf("%s: %q, want %q", c.form, got, c.want)
		}
	}
	v := url.Values{"act": {"pay"}, "amount": {"420"}, "who": {"owner"}, "watch": {"on"}}
	meters := visit(v).One(t, ".shop-key").All("meter")
	if len(meters) != 2 || meters[0].Attr["value"] != "3" || meters[1].Attr["value"] != "12" {
		t.Errorf("%d meters, %v", len(meters), meters[0].Attr)
	}
	if keys := visit(url.Values{"act": {"renew"}}).All(".shop-key"); len(keys) != 2 {
		t.Errorf("%d keys", len(keys))
	}
	if got := pays("who=owner&watch=on"); got != "Approved" {
		t.Errorf("with the next key: %q", got)
	}
	bank := newClient(t, d)
	all, _ := bank.get("/v1/customers/10002004/companions")["companions"].([]any)
	for _, x := range all {
		if c, _ := x.(map[string]any); c["kind"] == "watch" {
			one := "/v1/customers/10002004/companions/" + c["id"].(string)
			bank.post(one+"/suspend", map[string]any{"reason": "it is charging at a friend's"})
			if got := pays("who=owner&watch=on"); got != "Declined" {
				t.Errorf("with a suspended watch: %q", got)
			}
			bank.post(one+"/lose", map[string]any{"reason": "it fell into the sea"})
		}
	}
	if got := visit(v).All(".shop-key"); len(got) != 0 {
		t.Error("the watch is lost, and the phone still has a token")
	}
}
