package self_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/self"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// split takes a pattern apart and fills in an id.
func split(pattern, id string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, strings.ReplaceAll(strings.ReplaceAll(path, "{$}", ""), "{id}", id)
}

func TestTexts(t *testing.T) {
	t.Parallel()
	kit, err := self.Kit(newWorld(t).cfg)
	if err != nil {
		t.Fatal(err)
	}
	webtest.CheckTexts(t, ".", "self.", kit.Catalog())
}

func TestRoutesNeedASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, rt := range self.Table() {
		method, path := split(rt.Pattern, ident.Derive("nothing").String())
		for _, cookie := range []string{"", "made up"} {
			b := w.browser()
			if cookie != "" {
				b.cook["x"] = &http.Cookie{Name: "cs-self-session", Value: cookie}
			}
			a := b.send(httptest.NewRequest(method, path, nil))
			switch {
			case rt.Open && a.code >= http.StatusInternalServerError:
				t.Errorf("%s without a session: %d", rt.Pattern, a.code)
			case !rt.Open && (a.code != http.StatusSeeOther || a.to != "/login"):
				t.Errorf("%s with the cookie %q: %d, led to %q", rt.Pattern, cookie, a.code, a.to)
			}
			if got := a.head.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control is %q", rt.Pattern, got)
			}
		}
	}
}

// TestRoutesOfSomebodyElse: other people's tokens are not there, by status or text.
func TestRoutesOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1", "T2")
	w.customer("2", "U1", "U2")
	b := w.login("2", code(t, "U1", 0))
	theirs, none := w.device("T1").ID.String(), ident.Derive("nothing").String()
	for _, rt := range self.Table() {
		if !strings.Contains(rt.Pattern, "{id}") {
			continue
		}
		var answers [3]answer
		for i, id := range []string{theirs, none, "no-id"} {
			method, path := split(rt.Pattern, id)
			r := httptest.NewRequest(method, path, strings.NewReader("code="+code(t, "U2", 0)+"&name=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answers[i] = b.send(r)
		}
		for _, a := range answers {
			if got, want := a.page.One(t, ".failure").Text(), answers[1].page.One(t, ".failure").Text(); a.code != http.StatusNotFound || strings.Split(got, "request")[0] != strings.Split(want, "request")[0] {
				t.Errorf("%s: %d %q; want %q", rt.Pattern, a.code, got, want)
			}
		}
	}
	if d := w.device("T1"); d.Name != "" || d.Status != "active" {
		t.Errorf("somebody else's token is %s and called %q", d.Status, d.Name)
	}
}

func TestRoutesSurviveEveryBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1")
	id := w.device("T1").ID.String()
	const form = "application/x-www-form-urlencoded"
	n := uint64(0)
	for _, rt := range self.Table() {
		method, path := split(rt.Pattern, id)
		if method != http.MethodPost || strings.HasSuffix(path, "/stop") {
			continue
		}
		for name, x := range map[string]struct{ kind, body string }{
			"a broken escape": {form, "a=%zz&b=1"}, "nothing": {form, ""}, "another type": {"application/json", `{"a":1}`}, "no type": {"", "a=1"},
			"too much": {form, strings.Repeat("a=1234567&", ui.DefaultMaxBody/10+10)},
			"bytes":    {form, "customer_number=\xff\xfe\x00&name=\x00&code=\xff&authentication=\xff&challenge=\x00&proof=\xff&code_1=\x00"},
			"nonsense": {form, "customer_number=%F0%9F%92%A5&name=%E2%80%AE&code=12ab&authentication=x&challenge=y&proof=z&code_1=q&challenge_1=%20"},
			"a handle": {form, "code=123456&authentication=" + strings.Repeat("A", 500) + "&challenge=" + ident.Derive("c").String()},
		} {
			b := w.browser()
			if !rt.Open {
				b = w.login("1", code(t, "T1", n))
				n++
			}
			r := httptest.NewRequest(method, path, bytes.NewReader([]byte(x.body)))
			r.Header.Set("Content-Type", x.kind)
			a := b.send(r)
			if a.code >= http.StatusInternalServerError {
				t.Errorf("%s with %s: %d", rt.Pattern, name, a.code)
			}
			if name == "too much" && a.code != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with too much: %d", rt.Pattern, a.code)
			}
		}
	}
}

// TestOtherSites: a form from elsewhere is refused (CSRF).
func TestOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1")
	b := w.login("1", code(t, "T1", 0))
	for _, rt := range self.Table() {
		method, path := split(rt.Pattern, w.device("T1").ID.String())
		if method != http.MethodPost {
			continue
		}
		r := httptest.NewRequest(method, path, strings.NewReader("name=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := b.send(r); a.code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", rt.Pattern, a.code)
		}
	}
	if d := w.device("T1"); d.Status != "active" || d.Name != "" {
		t.Errorf("the token is %s and called %q", d.Status, d.Name)
	}
	b.get("/tokens").shows(http.StatusOK, "My tokens")
}
