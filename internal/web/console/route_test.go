package console_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// split takes a pattern apart and fills in ids that nothing has.
func split(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	id := ident.Derive("nothing").String()
	for _, name := range []string{"{id}", "{code}", "{session}", "{contact}", "{phone}", "{text}", "{message}", "{event}", "{entry}", "{trial}", "{token}"} {
		path = strings.ReplaceAll(path, name, id)
	}
	path = strings.ReplaceAll(path, "{policy}", "secure-code")
	path = strings.ReplaceAll(path, "{version}", "0")
	path = strings.ReplaceAll(path, "{prefix}", "4791")
	return method, strings.ReplaceAll(path, "{act}", "disable")
}

// visitor is a browser that nobody is logged in at.
func (w *world) visitor() *person {
	return &person{w: w, cook: map[string]*http.Cookie{}}
}

func TestRoutesNeedASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, rt := range console.Table() {
		method, path := split(rt.Pattern)
		for _, cookie := range []string{"", "made up"} {
			p := w.visitor()
			if cookie != "" {
				p.cook["x"] = &http.Cookie{Name: "cs-console-session", Value: cookie}
			}
			a := p.send(httptest.NewRequest(method, path, nil))
			switch {
			case rt.Open && a.code >= http.StatusInternalServerError:
				t.Errorf("%s without a session: %d", rt.Pattern, a.code)
			case !rt.Open && (a.code != http.StatusSeeOther || !strings.HasPrefix(a.to, "/login")):
				t.Errorf("%s with the cookie %q: %d, led to %q", rt.Pattern, cookie, a.code, a.to)
			}
			if got := a.head.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control is %q", rt.Pattern, got)
			}
		}
	}
}

// TestRoutesNeedTheirPermission tries every route as every role: what the role
// lacks is refused, and what it has is not.
func TestRoutesNeedTheirPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := map[staff.Permission]bool{}
	for _, role := range staff.Roles() {
		p := w.join("p_"+string(role), role).login()
		for _, rt := range console.Table() {
			method, path := split(rt.Pattern)
			if rt.Open || strings.HasSuffix(path, "/logout") {
				continue
			}
			var a answer
			if method == http.MethodGet {
				a = p.get(path)
			} else {
				a = p.post(path, nil)
			}
			may := rt.Need == "" || staff.Can(role, rt.Need)
			if denied := a.code == http.StatusForbidden; denied == may || a.code >= http.StatusInternalServerError {
				t.Errorf("%s as %s: %d, but its permission is %v", rt.Pattern, role, a.code, may)
			}
			if !may {
				refused[rt.Need] = true
				if a.page.Has("form[action=" + path + "]") {
					t.Errorf("%s as %s shows its form", rt.Pattern, role)
				}
			}
		}
	}
	for _, rt := range console.Table() {
		if rt.Need != "" && rt.Need != staff.PolicyRead && !refused[rt.Need] { // every role reads policies
			t.Errorf("no role was refused %s: the test shows nothing about it", rt.Need)
		}
	}
}

// bodies are what no form ever sends.
func bodies(rt console.Row) map[string]*http.Request {
	_, path := split(rt.Pattern)
	limit := rt.MaxBody
	if limit == 0 {
		limit = ui.DefaultMaxBody
	}
	make := func(kind string, body []byte) *http.Request {
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		return r
	}
	const form = "application/x-www-form-urlencoded"
	return map[string]*http.Request{
		"a broken escape":     make(form, []byte("a=%zz&b=1")),
		"nothing":             make(form, nil),
		"another type":        make("application/json", []byte(`{"a":1}`)),
		"no type":             make("", []byte("a=1")),
		"a cut off multipart": make("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nabc")),
		"too much":            make(form, bytes.Repeat([]byte("a=1234567&"), int(limit)/10+10)),
		"bytes":               make(form, []byte("login=\xff\xfe\x00&name=\x00&reason=\xff&number=\xff")),
	}
}

func TestRoutesSurviveEveryBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	everyone := map[staff.Role]*person{}
	for _, role := range staff.Roles() {
		everyone[role] = w.join("p_"+string(role), role)
	}
	w.cfg.MaxUpload = 1 << 20
	for _, rt := range console.Table() {
		if !strings.HasPrefix(rt.Pattern, "POST ") || strings.HasSuffix(rt.Pattern, "/logout") {
			continue
		}
		if rt.Upload {
			rt.MaxBody = 1<<20 + ui.DefaultMaxBody
		}
		for name, r := range bodies(rt) {
			p := w.visitor()
			for role, q := range everyone {
				if !rt.Open && (rt.Need == "" || staff.Can(role, rt.Need)) {
					p = q.login()
					break
				}
			}
			a := p.send(r)
			if a.code >= http.StatusInternalServerError {
				t.Errorf("%s with %s: %d", rt.Pattern, name, a.code)
			}
			if name == "too much" && !rt.Upload && a.code != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with too much: %d", rt.Pattern, a.code)
			}
			if name == "bytes" && a.code != http.StatusBadRequest && !rt.Upload {
				t.Errorf("%s with bytes that are no text: %d", rt.Pattern, a.code)
			}
			if name == "a broken escape" && !rt.Upload && a.code != http.StatusBadRequest {
				t.Errorf("%s with a broken escape: %d", rt.Pattern, a.code)
			}
		}
	}
}

// TestCrossSite shows that no form of another site is taken.
func TestCrossSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("ada", staff.Administrator).login()
	for _, rt := range console.Table() {
		method, path := split(rt.Pattern)
		if method != http.MethodPost {
			continue
		}
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := p.send(r); a.code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", rt.Pattern, a.code)
		}
	}
}

// TestNothingForbiddenIsOffered follows every link that each role is shown, from
// the first page on, and looks at every form: all of them lead to what the role
// may do, and every page can be drawn.
func TestNothingForbiddenIsOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	w.tokens("AA1", "AA2")
	w.register(c, "AA1")
	w.attempt(c, "000000")
	w.underEyes("policy.activate", "token.import", "bulk")
	w.join("vera", staff.SecurityOfficer).login().proposePolicies(longer, shorter)
	mux, need := http.NewServeMux(), map[string]console.Row{}
	for _, rt := range console.Table() {
		mux.Handle(rt.Pattern, http.NotFoundHandler())
		need[rt.Pattern] = rt
	}
	secrets := map[string]string{
		"a seed": string(seed("AA1")), "a seed in hexadecimal": hex.EncodeToString(seed("AA1")), "a seed in base 64": base64.StdEncoding.EncodeToString(seed("AA1")),
		"a password": password, "a hash": "$argon2id$",
	}
	for _, role := range staff.Roles() {
		p := w.join("p_"+string(role), role).login()
		secrets["the session of a "+string(role)] = p.cook["cs-console-session"].Value
		queue := []string{"/"}
		if staff.Can(role, staff.CustomerSearch) {
			queue = append(queue, "/customers?q=100", "/customers/"+c.ID.String())
		}
		seen := map[string]bool{}
		check := func(method, href, from string) {
			_, pattern := mux.Handler(httptest.NewRequest(method, href, nil))
			rt, ours := need[pattern]
			if !ours && !strings.HasPrefix(href, "/preferences") {
				t.Errorf("%s as %s leads to %s %s, which is nowhere", from, role, method, href)
			}
			if rt.Need != "" && !staff.Can(role, rt.Need) {
				t.Errorf("%s as %s offers %s %s", from, role, method, href)
			}
		}
		for len(queue) > 0 {
			path := queue[0]
			queue = queue[1:]
			if seen[path] || len(seen) > 300 {
				continue
			}
			seen[path] = true
			a := p.get(path)
			if a.code == http.StatusSeeOther {
				queue = append(queue, a.to)
				continue
			}
			if a.code != http.StatusOK {
				t.Errorf("%s as %s: %d", path, role, a.code)
				continue
			}
			for what, secret := range secrets {
				if strings.Contains(a.body, secret) {
					t.Errorf("%s as %s holds %s", path, role, what)
				}
			}
			if a.page == nil {
				continue // a download
			}
			for _, link := range a.page.All("a[href]") {
				if href := link.Attr["href"]; strings.HasPrefix(href, "/") {
					check(http.MethodGet, href, path)
					queue = append(queue, href)
				}
			}
			for _, form := range a.page.All("form[action]") {
				check(strings.ToUpper(form.Attr["method"]), form.Attr["action"], path)
			}
		}
		if len(seen) < 6 {
			t.Errorf("%s saw only %v", role, seen)
		}
	}
	for what, secret := range secrets {
		if strings.Contains(w.logs.String(), secret) {
			t.Errorf("the log holds %s", what)
		}
	}
}

// TestSensitiveFormsHoldNoSecret keeps the promise of the page "prove", which
// carries what was typed in the open.
func TestSensitiveFormsHoldNoSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	boss, help := w.join("boss", staff.Administrator).login(), w.join("help", staff.HelpDesk).login()
	pages := map[*person][]string{
		boss: {"/staff/new", "/staff/" + help.id.ID.String() + "/edit", "/staff/" + help.id.ID.String() + "/do/reset", "/clients/new"},
		help: {"/customers/" + c.ID.String() + "/status", "/customers/" + c.ID.String() + "/codes/new", "/customers/" + c.ID.String() + "/contacts"},
	}
	for p, paths := range pages {
		for _, path := range paths {
			if p.open(path).Has("input[type=password]") {
				t.Errorf("%s has a secret field", path)
			}
		}
	}
}

// multi writes a form with a file.
func multi(t testing.TB, fields url.Values, name, content string) (kind string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	mw := multipart.NewWriter(body)
	if name != "" {
		part, err := mw.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(content)) //nolint:errcheck // into memory
	}
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range fields {
			if !yield(k) {
				return
			}
		}
	}) {
		for _, v := range fields[k] {
			if err := mw.WriteField(k, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := mw.Close(); err != nil {
		t.Fatal(err)
	}
	return mw.FormDataContentType(), body
}
