package bank_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/bank"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := newWorld(t).config
	for name, spoil := range map[string]func(*bank.Config){
		"no API":        func(c *bank.Config) { c.API = "" },
		"API no URL":    func(c *bank.Config) { c.API = "127.0.0.1:8080" },
		"API no scheme": func(c *bank.Config) { c.API = "ftp://bank.example" },
		"no client":     func(c *bank.Config) { c.ClientID = "" },
		"no secret":     func(c *bank.Config) { c.ClientSecret = "" },
		"no HTTP":       func(c *bank.Config) { c.HTTP = nil },
		"no Now":        func(c *bank.Config) { c.Now = nil },
		"no Rand":       func(c *bank.Config) { c.Rand = nil },
		"no Log":        func(c *bank.Config) { c.Log = nil },
	} {
		c := good
		spoil(&c)
		if _, err := bank.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// No page behind the login opens without one, and none is stored anywhere.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post.add(bank.Letter{ID: "one", Kind: bank.LetterWelcome})
	routes, err := bank.Routes(w.config)
	if err != nil {
		t.Fatal(err)
	}
	public := map[string]bool{
		"GET /{$}": true, "GET /login": true, "GET /register": true, "GET /timeout": true, "GET /letters": true, "GET /letters/{letter}": true,
		"GET /login/password": true, "GET /login/mobile": true, "GET /login/mobile-id": true, "GET /login/wait/state": true, "GET /login/denied": true, "GET /forgotten": true, "GET /register/password": true,
	}
	fill := strings.NewReplacer("{$}", "", "{letter}", "one", "{account}", "current")
	for _, rt := range routes {
		method, path, _ := strings.Cut(fill.Replace(rt.Pattern), " ")
		v := w.visitor()
		p := v.do(method, path, nil)
		if p.header.Get("Cache-Control") != "no-store" || p.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: Cache-Control is %q", rt.Pattern, p.header.Get("Cache-Control"))
		}
		switch {
		case public[rt.Pattern]:
			if p.status != http.StatusOK {
				t.Errorf("%s: status %d", rt.Pattern, p.status)
			}
		case p.status == http.StatusUnprocessableEntity && method == http.MethodPost: // an empty form
		case p.status == http.StatusNotFound && path == "/password/judge": // for who is choosing a password
		case p.status != http.StatusSeeOther || !strings.HasPrefix(p.to, "/login") && !strings.HasPrefix(p.to, "/register"):
			t.Errorf("%s: status %d to %q without a login", rt.Pattern, p.status, p.to)
		}
		if method == http.MethodPost {
			exercisePost(t, w, path)
		}
	}
}

// exercisePost sends what no form of ours sends.
func exercisePost(t *testing.T, w *world, path string) {
	t.Helper()
	v := w.visitor()
	v.header.Set("Sec-Fetch-Site", "cross-site")
	if p := v.send(path, "customer_number", ada); p.status != http.StatusForbidden {
		t.Errorf("POST %s from another site: status %d; want 403", path, p.status)
	}
	if path != "/login" && path != "/login/number" && path != "/register" {
		return // the others read no body without a flow
	}
	if p := w.visitor().send(path, "customer_number", strings.Repeat("9", 1<<17)); p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("POST %s with 128 KiB: status %d; want 413", path, p.status)
	}
}

// Both languages have every text that the pages ask for, and no others.
func TestTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	catalog, err := bank.Catalog(w.config)
	if err != nil {
		t.Fatal(err)
	}
	webtest.CheckTexts(t, ".", "bank.", catalog)
}

// Every page exists in German too.
func TestGerman(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.header.Set("Accept-Language", "de-AT,de;q=0.9")
	v.get("/").shows(http.StatusOK, "Banking, das die Ruhe bewahrt.")
	p := v.send("/login", "customer_number", ada, "code", "12x").shows(http.StatusUnprocessableEntity, "Anmelden")
	if got := p.doc.One(t, "#f-code-error").Text(); !strings.HasPrefix(got, "Fehler: Ein Sicherheitscode hat nur Ziffern.") {
		t.Errorf("the error is %q", got)
	}
	v.login(w.registered())
	v.get("/overview").shows(http.StatusOK, "Meine Konten")
	v.get("/accounts/savings").shows(http.StatusOK, "Sparkonto")
	v.get("/security").shows(http.StatusOK, "Sicherheit").says("Überrascht Sie eine Zeit?")
}

// The letter box opens what was posted, newest first.
func TestLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.get("/letters").shows(http.StatusOK, "Letter box").says("No post today")
	at := w.clock.Now()
	w.post.add(bank.Letter{ID: "a1", Kind: bank.LetterWelcome, Posted: at, Name: "Ada Palmer", Customer: ada})
	w.post.add(bank.Letter{ID: "b2", Kind: bank.LetterActivation, Posted: at.Add(time.Hour), Name: "Ada Palmer", Code: adaCode, Expires: at.Add(7 * 24 * time.Hour)})
	w.post.add(bank.Letter{ID: "c3", Kind: bank.LetterToken, Posted: at.Add(2 * time.Hour), Name: "Ada Palmer", Serial: "CS-4407-118263"})
	w.post.add(bank.Letter{ID: "d4", Kind: bank.LetterActivation, Half: 2, Posted: at.Add(3 * time.Hour), Name: "Bo Lind", Code: "8TN3-C"})
	var order []string
	for _, a := range v.get("/letters").doc.All(".cover") {
		order = append(order, a.Attr["href"])
	}
	if got := strings.Join(order, " "); got != "/letters/d4 /letters/c3 /letters/b2 /letters/a1" {
		t.Errorf("the letters lie as %s", got)
	}
	v.get("/letters/a1").shows(http.StatusOK, "Welcome to Alder Bank").says(ada)
	if got := v.get("/letters/b2").shows(http.StatusOK, "Your activation code").doc.One(t, "#letter-code").Attr["data-value"]; got != adaCode {
		t.Errorf("the code to copy is %q; want %q", got, adaCode)
	}
	v.get("/letters/c3").shows(http.StatusOK, "Your token").says("CS-4407-118263").says("Take it in your hand")
	v.get("/letters/d4").shows(http.StatusOK, "Your activation code: second half")
	v.get("/letters/e5").shows(http.StatusNotFound, "There is nothing here")

	w.config.Letters = nil
	w.serve()
	w.visitor().get("/letters").shows(http.StatusNotFound, "There is nothing here")
}
