package console_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/staff"
)

const anyPin = "0102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f10"

// TestProvidersAreRegisteredInTheConsole: from the form to a password that is shown once, another
// one, and out.
func TestProvidersAreRegisteredInTheConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.join("boss", staff.Administrator).login()
	if !strings.Contains(boss.get("/providers").body, "No service providers") {
		t.Error("an empty list says so")
	}
	terms := func(pairs ...string) url.Values {
		f := url.Values{"code": {"urn:shop"}, "name": {"Shop"}, "pins": {anyPin}, "success": {"502"}, "trans_id": {"32"}, "content": {"160"}, "display": {"110"}, "rate": {"20"}, "burst": {"50"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for want, wrong := range map[string]url.Values{
		"neither a certificate": terms("pins", "abc"),
		"3 to 128 characters":   terms("code", "x"),
		"https only":            terms("callbacks", "http://shop.example/"),
	} {
		if a := boss.post("/providers/new", wrong); !strings.Contains(a.body, want) {
			t.Errorf("%q is not said: %d %s", want, a.code, a.to)
		}
	}
	boss.open("/providers/new")
	made := boss.post("/providers/new", terms("prefix", "Shop:"))
	x, err := w.cfg.Providers.ByCode(t.Context(), "urn:shop")
	if err != nil || x.Name != "Shop" || x.Prefix != "Shop:" || len(x.Pins) != 1 || !strings.Contains(made.body, "cs_ap_") {
		t.Fatalf("%+v, %v, %d", x, err, made.code)
	}
	if a := boss.post("/providers/new", terms()); !strings.Contains(a.body, "exists already") {
		t.Error("a second one of the same name")
	}
	page := "/providers/" + x.ID.String()
	if body := boss.get(page).body; !strings.Contains(body, "urn:shop") || strings.Contains(body, "cs_ap_") {
		t.Error("the page shows the provider, and no password")
	}
	boss.open(page + "/edit")
	w.done(boss.post(page+"/edit", terms("success", "500", "limit", "7", "entitled", "yes")), page)
	if x, err = w.cfg.Providers.ByCode(t.Context(), "urn:shop"); err != nil || x.Success != 500 || x.Limit != 7 || !x.Entitled || x.Prefix != "" {
		t.Errorf("changed: %+v, %v", x, err)
	}
	if again := boss.does(page + "/do/rotate"); !strings.Contains(again.body, "cs_ap_") {
		t.Error("no new password is shown")
	}
	w.done(boss.does(page+"/do/disable"), page)
	if x, err = w.cfg.Providers.ByCode(t.Context(), "urn:shop"); err != nil || x.Status != provider.Disabled {
		t.Errorf("disabled: %s, %v", x.Status, err)
	}
	w.done(boss.does(page+"/do/enable"), page)
	if !strings.Contains(boss.get("/providers").body, "Shop") {
		t.Error("the list shows it")
	}
}
