//go:build browser

package self_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserPaying: a customer looks at what was paid, stops a phone from paying, and lets it pay again.
func TestBrowserPaying(t *testing.T) {
	w := newWorld(t)
	c := w.customer("10002002", "CS-4407-220417")
	x := w.purse(c.ID)
	for n, where := range []string{"Corner shop", "Café Central", "Parking garage", "Book store"} {
		x.pay(where, int64(450+1230*n), n != 2)
		w.clock.Advance(5 * time.Hour)
	}
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(server.URL + "/login")
	enter(p, server.URL, code(t, "CS-4407-220417", 0))
	p.WaitText("h1", "My tokens")
	p.Open(server.URL + "/devices")
	p.Follow("a[href='/paying']")
	p.WaitText("main", "Café Central")
	looks(t, p, "paying")
	p.Follow("form[action$='/suspension'] button")
	p.WaitText(".flashes", "does not pay any more")
	looks(t, p, "paying-stopped")
	p.Follow("a[href$='/resumption']")
	looks(t, p, "paying-resume")
	p.Fill("#f-code", code(t, "CS-4407-220417", 1))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("main form[action$='/resumption'] button")
	p.Follow("main form[action$='/resumption'] button[type=submit]")
	p.WaitText(".flashes", "pays again")
	w.must(w.cfg.Vault.Suspend(t.Context(), audit.System("test"), x.token.ID, vault.Cause{Reason: vault.ByApproval}))
	p.Open(server.URL + "/paying")
	p.WaitText("main", "It is new")
	looks(t, p, "paying-new")
	p.Follow("a[href$='/resumption']")
	p.WaitText("main", "Approve it only if you asked for it")
	looks(t, p, "paying-approve")
}
