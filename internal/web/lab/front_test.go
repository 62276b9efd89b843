package lab_test

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

func front(t testing.TB, urls map[lab.Place]string, logins ...lab.Login) http.Handler {
	t.Helper()
	h, err := lab.Front(lab.FrontConfig{URLs: urls, Logins: logins, Now: at(noon), Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheFrontPageLeadsToWhatThereIs(t *testing.T) {
	t.Parallel()
	h := front(t, map[lab.Place]string{lab.PlaceBank: "http://127.0.0.1:1/", lab.PlaceLab: "http://127.0.0.1:2/", lab.PlaceSelf: ""},
		lab.Login{Place: lab.PlaceBank, Name: "Ada Palmer", ID: "10027-4418", Secret: "7KQ2-M9TX", Note: "New customer"})
	_, page := send(t, h, http.MethodGet, "/", nil)
	var links []string
	for _, a := range page.All("a.cover") {
		links = append(links, a.Text()+" "+a.Attr["href"])
	}
	if got := strings.Join(links, ", "); got != "Online banking http://127.0.0.1:1/, Device lab http://127.0.0.1:2/" {
		t.Errorf("links are %s", got)
	}
	if got := page.One(t, "tbody").Text(); got != "Online banking Ada Palmer 10027-4418 7KQ2-M9TX New customer" {
		t.Errorf("logins are %q", got)
	}
	if _, err := lab.Front(lab.FrontConfig{URLs: map[lab.Place]string{"shop": "x"}}); err == nil {
		t.Error("an unknown place was taken")
	}
}

func TestTextsOfTheLab(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"lab.", "front."} {
		webtest.CheckTexts(t, ".", prefix, lab.Catalog(t, ui.Lab))
	}
}

func TestGermanPagesHaveNoHoles(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	for _, path := range []string{"/", "/tokens/CS-k300", "/tokens/CS-b120", "/tokens/CS-k310"} {
		page := german(t, h, path)
		if text := page.Text(); strings.Contains(text, "⟦") || strings.Contains(text, "{") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

func german(t *testing.T, h http.Handler, path string) *webtest.Node {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", "de")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	page := webtest.Parse(t, w.Body.String())
	if lang := page.One(t, "html").Attr["lang"]; lang != "de" || w.Code != http.StatusOK {
		t.Errorf("%s: status %d in %q", path, w.Code, lang)
	}
	return page
}
