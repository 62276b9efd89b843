//go:build browser

package lab_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserHouse: by the keyboard and the mouse, the word of the server follows what is done in the house.
func TestBrowserHouse(t *testing.T) {
	srv := httptest.NewServer(houseHandler(t, &made{}))
	t.Cleanup(srv.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(srv.URL + "/house")
	p.Axe()
	p.WaitText(".house-outcome", "Allowed")
	p.Shot("lab-house")
	p.TabTo("#hour")
	p.Keys(kb.ArrowRight)
	p.WaitText("#clock", "20:30")
	p.Click("input[value=away]")
	p.WaitText(".house-outcome", "Another proof")
	p.Click("input[value=thief]")
	p.WaitText(".house-outcome", "Refused")
	p.WaitText(".room.here", "A thief")
	p.Shot("lab-house-thief")
	p.Phone()
	p.Shot("lab-house-phone")
	p.Dark(true)
	p.Axe()
	p.Shot("lab-house-dark")
}
