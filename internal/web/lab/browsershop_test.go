//go:build browser

package lab_test

import (
	"net/http/httptest"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserShop: the counter by mouse and keyboard, on a screen and on a phone.
func TestBrowserShop(t *testing.T) {
	s := stalled()
	srv := httptest.NewServer(shopHandler(t, s))
	t.Cleanup(srv.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(srv.URL + "/shop")
	p.Axe()
	p.Shot("lab-shop")
	p.Click("input[value=thief]")
	p.Fill("#pin", "4711")
	p.Follow("button[value=pay]")
	if len(s.sales) != 1 || !s.sales[0].Stolen || s.sales[0].PIN != "4711" || s.sales[0].Amount != 3800 {
		t.Errorf("%+v", s.sales)
	}
	p.Follow("button[value=renew]")
	p.Phone()
	p.Shot("lab-shop-phone")
	p.Dark(true)
	p.Axe()
}
