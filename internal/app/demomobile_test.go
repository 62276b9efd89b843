package app_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// surfer is a browser without JavaScript.
type surfer struct {
	t    *testing.T
	http *http.Client
	at   string // the page it is on
	body string
	head http.Header
	seen *strings.Builder // all pages, for whoever asks what was on them; nil: nobody does
}

func surf(t *testing.T) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{t: t, http: &http.Client{Jar: jar, Timeout: time.Minute}}
}

// open opens a page; pairs of name and value are sent as a form.
func (s *surfer) open(at string, pairs ...string) *surfer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, at, nil)
	if len(pairs) > 0 {
		r, err = http.NewRequestWithContext(s.t.Context(), http.MethodPost, at, strings.NewReader(form.Encode()))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if len(pairs) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.at, s.body, s.head = res.Request.URL.String(), string(b), res.Header
	if s.seen != nil {
		s.seen.Write(b)
	}
	return s
}

// find returns what the first group of a pattern matches in the page.
func (s *surfer) find(pattern string) string {
	s.t.Helper()
	m := regexp.MustCompile("(?s)" + pattern).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("%s has nothing like %s:\n%s", s.at, pattern, s.body)
	}
	return html.UnescapeString(m[1])
}

func (s *surfer) says(text string) *surfer {
	s.t.Helper()
	if !strings.Contains(html.UnescapeString(s.body), text) {
		s.t.Fatalf("%s does not say %q:\n%s", s.at, text, s.body)
	}
	return s
}

const digitsOnly = `\D+`

// answer presses a button of the app for what waits there.
func (s *surfer) answer(phone, act, pin, control string) *surfer {
	s.t.Helper()
	s.open(phone)
	return s.open(phone, "act", act, "prompt", s.find(`name="prompt" value="([^"]+)"`), "pin", pin, "control", control)
}

const control = `id="control">.*?</span>\s*(\d\d)`

// A demo customer logs in and pays with the app on an emulated phone: asked and answered
// online, with digits that must match; by a picture; refused; reported. All of it without
// JavaScript.
func TestDemoBankWithTheApp(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	var pin string
	for _, c := range demo.Customers {
		if c.Number == "10002012" {
			pin = c.PIN
		}
	}
	bank, app := surf(t), surf(t)
	at, phone := demo.URLs["bank"], demo.URLs["lab"]+"/mobiles/lena"
	bank.open(at+"/login/mobile", "customer_number", "10002012").says("Look at your phone")
	if !strings.Contains(bank.body, `<noscript><meta http-equiv="refresh" content="4">`) {
		t.Error("the page that waits is not fetched anew")
	}
	digits := bank.find(control)
	other := map[bool]string{true: "11", false: "10"}[digits == "10"]
	app.answer(phone, "approve", pin, other).says("the PIN or the digits were wrong")
	bank.open(at + "/login/wait").says("Look at your phone")
	app.answer(phone, "approve", pin, digits).says("Approved")
	bank.open(at + "/login/wait").says("My accounts")

	pay := func(amount string) (path, shown string) {
		t.Helper()
		bank.open(at+"/pay", "payee", "Kari Nordmann", "account", "NO93 8601 1117 947", "amount", amount, "currency", "EUR", "reference", "rent", "next", "review")
		path = bank.at
		bank.open(path, "x", "1").says("Approve on your phone")
		return path, bank.find(`name="payment" value="([^"]+)"`)
	}
	path, shown := pay("90")
	bank.open(path+"/phone", "payment", shown)
	app.open(phone).says("90.00 EUR").says("NO93 8601 1117 947")
	app.answer(phone, "approve", pin, bank.find(control)).says("Approved")
	bank.open(path + "/phone").says("Paid")

	path, shown = pay("91")
	bank.open(path+"/picture", "payment", shown, "ask", "yes").says("Scan this with the app")
	app.open(phone, "act", "picture", "picture", bank.find(`id="picture-text">([^<]+)`), "pin", pin).says("91.00 EUR")
	code := regexp.MustCompile(digitsOnly).ReplaceAllString(regexp.MustCompile("<[^>]*>").ReplaceAllString(app.find(`id="code">(.*?)</p>`), ""), "")
	bank.open(path+"/picture", "payment", shown, "code", "00000000").says("These digits are not right")
	bank.open(path+"/picture", "payment", shown, "code", code).says("Paid")

	path, shown = pay("92")
	bank.open(path+"/phone", "payment", shown)
	app.answer(phone, "refuse", "", "").says("Refused")
	bank.open(path + "/phone").says("You said no on your phone")

	stranger := surf(t)
	stranger.open(at+"/login/mobile", "customer_number", "10002012")
	app.answer(phone, "report", "", "").says("Reported")
	stranger.open(at + "/login/wait").says("You told us that it wasn't you")
	stranger.open(at+"/login/mobile", "customer_number", "99999999").says("Look at your phone") // nobody: asked alike
}

// Somebody has a phone added for a customer: the text message about it carries a link, by
// which the customer stops it without a login (S-06).
func TestDemoNoticeLeadsToNotMe(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	bank := newClient(t, demo)
	bank.identify("10002012")
	made := bank.post("/v1/customers/10002012/mobile-tokens", map[string]any{"application": "bank", "name": "Not mine"})
	activation, _ := made["activation"].(map[string]any)
	code, _ := activation["code"].(string)

	texts := surf(t)
	texts.open(demo.URLs["lab"] + "/phones/436641000012")
	for tries := 0; !strings.Contains(texts.body, "/not-me/") && tries < 3000; tries++ { // the outbox sends it in the background
		texts.open(demo.URLs["lab"] + "/phones/436641000012")
	}
	link := texts.find(`(` + regexp.QuoteMeta(demo.URLs["self"]) + `/not-me/[\w-]+)`)
	self := surf(t)
	self.open(link).says("Stop this token?")
	self.open(link, "x", "1").says("This token is out of use")
	spare := surf(t)
	spare.open(demo.URLs["lab"]+"/mobiles/spare-1", "act", "activate", "typed", code, "pin", "864203").says("AuthenticationDataInvalid")
}
