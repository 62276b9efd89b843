package lab_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	key20 = "12345678901234567890"
	key32 = key20 + "123456789012"
)

// serials gives each model of the catalog a number: "CS-b100" and so on.
func serial(id string) string { return "CS-" + id }

func shelf(t testing.TB, store lab.Store, now func() time.Time) *lab.Shelf {
	t.Helper()
	s := lab.NewShelf(store, now)
	for _, m := range hardtoken.Models() {
		err := s.Add(m, hardtoken.Unit{
			Serial: serial(m.ID), Made: noon.AddDate(0, -3, 0), Expires: noon.AddDate(4, 0, 0),
			Secrets: map[string][]byte{"login": []byte(key20), "respond": []byte(key32), "sign": []byte(key32), hardtoken.UnlockSecret: []byte(key32)},
		}, "Ada Palmer")
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func handler(t testing.TB, s *lab.Shelf, now func() time.Time) http.Handler {
	t.Helper()
	h, err := lab.New(lab.Config{
		Shelf: s, Home: "http://127.0.0.1:1/", Bank: "http://127.0.0.1:2/",
		Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// send sends a request and returns the page it leads to.
func send(t *testing.T, h http.Handler, method, path string, form url.Values) (int, *webtest.Node) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if to, _, _ := strings.Cut(w.Header().Get("Location"), "#"); w.Code == http.StatusSeeOther {
		return send(t, h, http.MethodGet, to, nil)
	}
	return w.Code, webtest.Parse(t, w.Body.String())
}

func keys(t *testing.T, h http.Handler, serial, keys string) *webtest.Node {
	t.Helper()
	var page *webtest.Node
	for _, k := range keys {
		var status int
		if status, page = send(t, h, http.MethodPost, "/tokens/"+serial+"/keys", url.Values{"key": {string(k)}}); status != http.StatusOK {
			t.Fatalf("key %c of %s: status %d", k, serial, status)
		}
	}
	return page
}

func TestTheShelfShowsEveryToken(t *testing.T) {
	t.Parallel()
	now := at(noon)
	_, page := send(t, handler(t, shelf(t, &lab.Memory{}, now), now), http.MethodGet, "/", nil)
	items := page.All("li.shelf-item")
	if len(items) != len(hardtoken.Models()) {
		t.Fatalf("%d tokens on the shelf", len(items))
	}
	for i, m := range hardtoken.Models() {
		if got := items[i].One(t, "a").Attr["href"]; got != "/tokens/"+serial(m.ID) {
			t.Errorf("%s leads to %s", m.ID, got)
		}
		if items[i].Has("button") {
			t.Errorf("%s can be pressed on the shelf", m.ID)
		}
	}
}

// Without JavaScript: each key is a form of its own and the page answers.
func TestAPersonRegistersAPINAndReadsACode(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	if says := keys(t, h, serial("k200"), "L").One(t, "#says").Text(); says != "Choose a PIN of 4 to 8 digits and press OK." {
		t.Errorf("at first it says %q", says)
	}
	page := keys(t, h, serial("k200"), "2580E2580E")
	if got := page.One(t, "#code").Attr["data-value"]; got != "755224" {
		t.Errorf("the code is %q", got)
	}
	if got := page.One(t, "[role=status]").Text(); got != "Your code 7 5 5 2 2 4" {
		t.Errorf("a screen reader hears %q", got)
	}
	lit := page.One(t, "#lcd").All("path.lit")
	if len(lit) != 6 {
		t.Errorf("%d characters are lit", len(lit))
	}
	if got := page.One(t, "#inside").Text(); !strings.Contains(got, "Next event (codes) 1") {
		t.Errorf("inside: %q", got)
	}
}

func TestEveryKeyHasANameAndEveryModelItsKeys(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	for _, m := range hardtoken.Models() {
		_, page := send(t, h, http.MethodGet, "/tokens/"+serial(m.ID), nil)
		for _, b := range page.One(t, "form.hand").All("button") {
			k, err := hardtoken.ParseKey(b.Attr["value"])
			if err != nil || !m.Has(k) || b.Attr["aria-label"] == "" || b.Attr["type"] != "submit" {
				t.Errorf("%s has the key %v", m.ID, b.Attr)
			}
		}
		want := len(m.Functions) + 1 // counters and clock
		if m.Keypad() {
			want += 12
		}
		if got := len(page.One(t, "form.hand").All("button")); got != want {
			t.Errorf("%s has %d keys, want %d", m.ID, got, want)
		}
	}
}

func TestToolsActOnTheEmulatedTokenOnly(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	tool := func(id, name, by string) (int, *webtest.Node) {
		return send(t, h, http.MethodPost, "/tokens/"+serial(id)+"/tools", url.Values{"tool": {name}, "by": {by}})
	}
	if _, page := tool("b110", "shift", "-300"); !strings.Contains(page.One(t, "#inside").Text(), "5 minutes behind") {
		t.Errorf("shifted: %q", page.One(t, "#inside").Text())
	}
	if _, page := tool("b110", "drift", "20"); !strings.Contains(page.One(t, "#inside").Text(), "20 seconds in a million") {
		t.Errorf("drifting: %q", page.One(t, "#inside").Text())
	}
	if _, page := tool("b100", "skip", "50"); !strings.Contains(page.One(t, "#inside").Text(), "50") {
		t.Errorf("skipped: %q", page.One(t, "#inside").Text())
	}
	for _, bad := range [][2]string{{"shift", ""}, {"shift", "x"}, {"shift", "99999999999999"}, {"drift", "1001"}, {"skip", "0"}, {"skip", "-1"}, {"melt", "1"}, {"", "1"}, {"exact", "1"}, {"exact", ""}} {
		if status, _ := tool("b110", bad[0], bad[1]); status != http.StatusBadRequest {
			t.Errorf("%v: status %d", bad, status)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	for _, c := range []struct {
		method, path string
		form         url.Values
		status       int
	}{
		{"GET", "/tokens/CS-9", nil, 404},
		{"POST", "/tokens/CS-9/keys", url.Values{"key": {"B"}}, 404},
		{"POST", "/tokens/CS-b100/keys", url.Values{"key": {"Q"}}, 400},
		{"POST", "/tokens/CS-b100/keys", nil, 400},
		{"GET", "/tokens/CS-b100/keys", nil, 405},
		{"GET", "/styleguide/shop", nil, 404},
		{"GET", "/styleguide/failure/internal", nil, 404},
		{"GET", "/styleguide/failure/limited", nil, 429},
		{"GET", "/styleguide/bank", nil, 200},
		{"GET", "/styleguide", nil, 200},
		{"POST", "/tokens/CS-b100/tools", url.Values{"by": {strings.Repeat("9", 100_000)}}, 413},
	} {
		if status, _ := send(t, h, c.method, c.path, c.form); status != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, status, c.status)
		}
	}
}

// One token in many hands: each press is one event, none is lost or doubled.
func TestManyHandsPressOneButton(t *testing.T) {
	t.Parallel()
	now := at(noon)
	s := shelf(t, &lab.Memory{}, now)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				_ = s.Use(serial("b100"), func(tok *hardtoken.Token) error { tok.Press(hardtoken.Button); return nil })
			}
		})
	}
	wg.Wait()
	err := s.Look(serial("b100"), func(tok *hardtoken.Token, _ string) {
		if n := tok.State().Counters["login"]; n != 200 {
			t.Errorf("200 presses counted %d", n)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAShelfIsFoundAgainAfterARestart(t *testing.T) {
	t.Parallel()
	now, dir := at(noon), lab.Dir(t.TempDir())
	keys(t, handler(t, shelf(t, dir, now), now), serial("k200"), "L2580E2580ELL")
	page := keys(t, handler(t, shelf(t, dir, now), now), serial("k200"), "L")
	if got := page.One(t, "#code").Attr["data-value"]; got != "969429" {
		t.Errorf("the fourth code is %q", got)
	}
}

// broken is a store that cannot write.
type broken struct{ lab.Memory }

func (*broken) Save(string, []byte) error { return errors.New("no space left") }

func TestAPressThatCannotBeKeptIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &broken{}, now), now)
	if status, _ := send(t, h, http.MethodPost, "/tokens/CS-b100/keys", url.Values{"key": {"B"}}); status != http.StatusInternalServerError {
		t.Errorf("status %d", status)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	s := shelf(t, &lab.Memory{}, at(noon))
	m, _ := hardtoken.ModelByID("b100")
	u := func(serial string) hardtoken.Unit {
		return hardtoken.Unit{Serial: serial, Expires: noon.AddDate(1, 0, 0), Secrets: map[string][]byte{"login": []byte(key20)}}
	}
	for _, bad := range []string{"", "CS-b100", "../x", "a/b", strings.Repeat("1", 65), "a b"} {
		if err := s.Add(m, u(bad), ""); err == nil {
			t.Errorf("%q was added", bad)
		}
	}
	spoiled := &lab.Memory{}
	_ = spoiled.Save("CS-1", []byte("{"))
	if err := lab.NewShelf(spoiled, at(noon)).Add(m, u("CS-1"), ""); err == nil {
		t.Error("a spoiled state was taken")
	}
}
