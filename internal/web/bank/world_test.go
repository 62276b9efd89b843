package bank_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/bank"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

const (
	ada       = "1001-2345"
	adaNumber = "10012345"
	adaCode   = "7Q2M-9XKD-41"
	secret    = "s:cret" // with a character that HTTP Basic must escape
)

// world is a bank, the API that it calls, and a clock that both go by.
type world struct {
	*testing.T
	clock  *clock
	api    *fakeAPI
	config bank.Config
	server *httptest.Server
	log    *logBuffer
	post   *post
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// post is the bank's letters.
type post struct {
	mu  sync.Mutex
	all []bank.Letter
}

func (p *post) Letters(context.Context) ([]bank.Letter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]bank.Letter(nil), p.all...), nil
}

func (p *post) add(l bank.Letter) { p.mu.Lock(); defer p.mu.Unlock(); p.all = append(p.all, l) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{now: time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)}, log: &logBuffer{}, post: &post{}}
	w.api = newFake(t, w.clock.Now)
	w.api.customers[adaNumber] = &fakeCustomer{name: "Ada Palmer", status: "active", activation: canonical(adaCode)}
	w.api.stock["CS4407118263"] = &fakeToken{Serial: "CS-4407-118263", Model: "k200", ModelName: "Keypad 200"}
	w.api.stock["CS3100000007"] = &fakeToken{Serial: "CS-3100-000007", Model: "k310", ModelName: "Keypad 310", Question: true}
	w.api.stock["CS1200000042"] = &fakeToken{Serial: "CS-1200-000042", Model: "b120", ModelName: "Button 120", ChoosePIN: true}
	w.api.stock["CS4407903641"] = &fakeToken{Serial: "CS-4407-903641", Model: "k400", ModelName: "Keypad 400", Signs: true}
	w.config = bank.Config{
		API: w.api.server.URL + "/", ClientID: "bank", ClientSecret: secret, HTTP: w.api.server.Client(), Letters: w.post, Lab: "http://127.0.0.1:1/lab",
		Now: w.clock.Now, Rand: rand.Reader, Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	w.serve()
	return w
}

func (w *world) serve() {
	w.Helper()
	h, err := bank.New(w.config)
	if err != nil {
		w.Fatal(err)
	}
	w.server = httptest.NewServer(h)
	w.Cleanup(w.server.Close)
}

// registered gives Ada a token, which has shown a code already.
func (w *world) registered() *fakeToken {
	k := w.api.stock["CS4407118263"]
	k.press()
	w.api.customers[adaNumber].token = k
	return k
}

// visitor is a person with a browser that follows no redirect by itself.
type visitor struct {
	w      *world
	http   *http.Client
	header http.Header
}

func (w *world) visitor() *visitor {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{w, &http.Client{Jar: jar, CheckRedirect: stay, Transport: w.server.Client().Transport}, http.Header{}}
}

// page is an answer of the bank.
type page struct {
	w      *world
	status int
	header http.Header
	to     string // of a redirect
	body   string
	doc    *webtest.Node // nil for a redirect
}

func (v *visitor) get(path string) *page {
	v.w.Helper()
	return v.do(http.MethodGet, path, nil)
}

// send posts a form: pairs of name and value.
func (v *visitor) send(path string, pairs ...string) *page {
	v.w.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.do(http.MethodPost, path, form)
}

func (v *visitor) do(method, path string, form url.Values) *page {
	v.w.Helper()
	r, err := http.NewRequestWithContext(v.w.Context(), method, v.w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.w.Fatal(err)
	}
	r.Header = v.header.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := v.http.Do(r)
	if err != nil {
		v.w.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.w.Fatal(err)
	}
	p := &page{w: v.w, status: resp.StatusCode, header: resp.Header, to: resp.Header.Get("Location"), body: string(b)}
	if p.to == "" {
		p.doc = webtest.Parse(v.w.T, p.body)
	}
	if strings.Contains(p.body, "⟦") {
		v.w.Errorf("%s %s shows a text that does not exist", method, path)
	}
	return p
}

// shows fails unless the page has this status and heading.
func (p *page) shows(status int, heading string) *page {
	p.w.Helper()
	if p.status != status || p.doc == nil {
		p.w.Fatalf("status %d to %q; want %d %q\n%s", p.status, p.to, status, heading, p.body)
	}
	if got := p.doc.One(p.w.T, "h1").Text(); got != heading {
		p.w.Fatalf("the heading is %q; want %q", got, heading)
	}
	return p
}

// leads fails unless the answer is a redirect after a form, or to the login.
func (p *page) leads(to string) *page {
	p.w.Helper()
	if p.status != http.StatusSeeOther || p.to != to {
		p.w.Fatalf("status %d to %q; want 303 to %q\n%s", p.status, p.to, to, p.body)
	}
	return p
}

// wrong fails unless the field's error begins so.
func (p *page) wrong(field, text string) *page {
	p.w.Helper()
	if p.doc == nil {
		p.w.Fatalf("status %d to %q; want an error", p.status, p.to)
	}
	got := p.doc.One(p.w.T, "#f-"+field+"-error").Text()
	if !strings.HasPrefix(got, "Error: "+text) {
		p.w.Fatalf("the error of %s is %q; want %q", field, got, text)
	}
	return p
}

// says fails unless the text is in the page.
func (p *page) says(text string) *page {
	p.w.Helper()
	if p.doc == nil {
		p.w.Fatalf("status %d to %q; want a page that says %q", p.status, p.to, text)
	}
	if got := p.doc.One(p.w.T, "body").Text(); !strings.Contains(got, text) {
		p.w.Fatalf("the page does not say %q: status %d\n%s", text, p.status, got)
	}
	return p
}

// login logs Ada in with the next code of her token.
func (v *visitor) login(k *fakeToken) {
	v.w.Helper()
	v.send("/login", "customer_number", ada, "code", nextCode(v.w, k)).leads("/overview")
}

// nextCode reads the token without telling the fake, which expects that code.
func nextCode(w *world, k *fakeToken) string {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	c := k.press()
	k.next--
	return k.pin + c
}
