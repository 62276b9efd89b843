package lab_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/lab"
)

// stall is a counter that remembers what it was asked, and has what it is given.
type stall struct {
	state   lab.ShopState
	sales   []lab.Sale
	renewed int
}

func (s *stall) Look(context.Context) (lab.ShopState, error) { return s.state, nil }
func (s *stall) Pay(_ context.Context, x lab.Sale) error     { s.sales = append(s.sales, x); return nil }
func (s *stall) Renew(context.Context) error                 { s.renewed++; return nil }

func stalled() *stall {
	now := at(noon)
	return &stall{state: lab.ShopState{
		Owner: "Dario Conti", Last4: "5571", Card: "1237", Wants: true,
		Keys: []lab.ShopKey{{Index: "6783400", Used: 10, Uses: 10, Charged: 4200, Limit: 25_000, Until: now()}, {Index: "6783401", Used: 8, Uses: 10, Charged: 25_000, Limit: 25_000, Until: now()}},
		Receipts: []lab.ShopReceipt{
			{
				Sale: lab.Sale{Amount: 3800, Web: true, Watch: true}, At: now(), Outcome: "declined", Trace: "000007", Reason: "worn",
				Steps: []lab.ShopStep{{What: "first", Octet: "41fd585e9632a3f5a4ac648258a7bbc9"}, {What: "second", Octet: "e5e1e3c4b8a91d64dc19f5458049a532"}, {What: "request"}, {What: "answer", Octet: "61"}},
			},
			{Sale: lab.Sale{Amount: 420}, Outcome: "absent"},
			{Sale: lab.Sale{Amount: 420, Watch: true}, Outcome: "approved", Approved: 420},
		},
	}}
}

func shopHandler(t testing.TB, s lab.Shop) http.Handler {
	t.Helper()
	now := at(noon)
	out, err := lab.New(lab.Config{Shelf: shelf(t, &lab.Memory{}, now), Shop: s, Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The counter draws what it is told, keeps what was chosen last, and hands on what is asked.
func TestShop(t *testing.T) {
	t.Parallel()
	s := stalled()
	h := shopHandler(t, s)
	status, page := send(t, h, http.MethodGet, "/shop", nil)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	if got := page.One(t, ".house-outcome").Text(); got != "Declined The issuer declined." {
		t.Errorf("%q", got)
	}
	if keys := page.All(".shop-key"); len(keys) != 2 || keys[0].One(t, "h3").Text() != "Key 6783401" {
		t.Errorf("%d keys; want the newest first", len(keys))
	}
	if got := page.One(t, ".shop-before").Text(); !strings.Contains(got, "4.20 EUR") {
		t.Errorf("%q", got)
	}
	german := httptest.NewRequest(http.MethodGet, "/shop", nil)
	german.Header.Set("Accept-Language", "de")
	in := httptest.NewRecorder()
	if h.ServeHTTP(in, german); !strings.Contains(in.Body.String(), "38,00") || strings.Contains(in.Body.String(), "38.00") {
		t.Error("amounts in German are written as in English")
	}
	if steps := page.One(t, ".shop-way").All("li"); len(steps) != 4 {
		t.Errorf("%d steps", len(steps))
	}
	for form, want := range map[string]lab.Sale{
		"act=pay&amount=3800&where=web&who=owner&watch=on&pin=4711": {Amount: 3800, Web: true, Watch: true, PIN: "4711"},
		"act=pay&amount=1&who=thief&pin=12":                         {Amount: 420, Stolen: true},
	} {
		v, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := send(t, h, http.MethodPost, "/shop", v); status != http.StatusOK || s.sales[len(s.sales)-1] != want {
			t.Errorf("%s: %d, %+v", form, status, s.sales)
		}
	}
	if status, _ := send(t, h, http.MethodPost, "/shop", url.Values{"act": {"renew"}}); status != http.StatusOK || s.renewed != 1 {
		t.Error(status, s.renewed)
	}
	s.state = lab.ShopState{Owner: "Dario Conti"}
	if _, page := send(t, h, http.MethodGet, "/shop", nil); len(page.All(".shop-key")) != 0 {
		t.Error("keys of nothing")
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, _ := send(t, shopHandler(t, nil), method, "/shop", url.Values{}); status != http.StatusNotFound {
			t.Errorf("without a shop: %d", status)
		}
	}
}
