package apptest_test

import (
	"context"
	"encoding/base32"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/ota/applet"
)

// clerk is a member of staff with a browser at the console of a node.
type clerk struct {
	t      *testing.T
	at     string // address of the console
	member staff.Member
	cookie []*http.Cookie
}

// got is what a console answers.
type got struct {
	code   int
	head   http.Header
	cookie []*http.Cookie
	body   string
}

// newClerk enrolls a member of staff, who logs in.
func newClerk(t *testing.T, a *app.App, clock *dbtest.Clock, at, login string, role staff.Role) *clerk {
	t.Helper()
	const password = "correct horse battery staple"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	m, inv, err := a.Staff.Create(t.Context(), setUp, staff.New{Login: login, Name: "Noor " + login, Role: role})
	must(err)
	e, err := a.Staff.Enrollment(t.Context(), inv.Code)
	must(err)
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(e.Secret, " ", ""))
	must(err)
	totp, err := oath.NewTOTP(key, oath.TOTPOptions{})
	must(err)
	code := func() string {
		clock.Advance(31 * time.Second) // each works once
		c, err := totp.Code(clock.Now())
		must(err)
		return c
	}
	if _, ok, err := a.Staff.Enroll(t.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: code()}); err != nil || !ok {
		t.Fatal(ok, err)
	}
	c := &clerk{t: t, at: at, member: m}
	r := c.do(http.MethodPost, "/login", url.Values{"login": {login}, "password": {password}, "code": {code()}})
	if c.cookie = r.cookie; r.code != http.StatusSeeOther || len(c.cookie) == 0 {
		t.Fatalf("login: %d", r.code)
	}
	return c
}

// do sends a request and follows nothing.
func (c *clerk) do(method, path string, form url.Values) got {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+c.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, x := range c.cookie {
		r.AddCookie(x)
	}
	x, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer x.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(x.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return got{x.StatusCode, x.Header, x.Cookies(), string(body)}
}

// TestConsoleEvidence: the page of a mobile ID has a link by which staff who may see it download the evidence of a
// signature, which leaves a record and verifies; nobody else can.
func TestConsoleEvidence(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		s := newSIMSigners(t, in, 2)
		number := s.numbers[0]
		at := apptest.FreeAddress(t)
		in.More = append(in.More, "COUNTERSIGN_CONSOLE_ADDRESS="+at)
		node := in.Run(t)
		file := filepath.Join(in.Dir, "downloaded.zip")
		in.Open(t, func(a *app.App) {
			asked, err := a.MobileIDs.Sign(t.Context(), setUp, mobileid.Request{
				Provider: ap(1), User: mobileid.User{Number: number}, Role: applet.Signing, Form: applet.Attributed, Control: applet.ShownControl, Text: "I accept the offer.",
			})
			s.check(err)
			path := func(number, handle string) string {
				p, err := a.MobileIDs.ProfileOf(t.Context(), mobileid.Provider{Entitled: true}, mobileid.User{Number: number})
				s.check(err)
				page := "/customers/" + p.Customer.String() + "/mobile-id/" + p.ID.String()
				if handle == "" {
					return page
				}
				return page + "/evidence/" + handle
			}
			desk := newClerk(t, a, clock, at, "noor", staff.HelpDesk)
			if r := desk.do(http.MethodGet, path(number, asked.Handle), nil); r.code != http.StatusConflict {
				t.Errorf("evidence of what is not signed: %d", r.code)
			}
			s.air.Sign(t, number, signingPIN)
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // until the node has had it time-stamped
				x, err := a.MobileIDs.Get(t.Context(), mobileid.AnyProvider, asked.Handle)
				s.check(err)
				if len(x.Stamp) > 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("it is %s (%s), and not time-stamped", x.Status, x.Reason)
				}
			}
			page := desk.do(http.MethodGet, path(number, ""), nil).body
			link := regexp.MustCompile(`href="(/customers/[^"]*/evidence/[^"]*)"`).FindStringSubmatch(page)
			if link == nil || link[1] != path(number, asked.Handle) {
				t.Fatalf("the page has no link: %v", link)
			}
			for who, c := range map[string]*clerk{"an administrator": newClerk(t, a, clock, at, "ada", staff.Administrator), "nobody": {t: t, at: at}} {
				if r := c.do(http.MethodGet, link[1], nil); r.code == http.StatusOK || evidence.IsContainer([]byte(r.body)) {
					t.Errorf("%s downloads it: %d", who, r.code)
				}
			}
			if r := desk.do(http.MethodGet, path(s.numbers[1], asked.Handle), nil); r.code != http.StatusNotFound {
				t.Errorf("evidence of another person's page: %d", r.code)
			}
			exported := func() []audit.Entry {
				p, err := a.Audit.Find(t.Context(), audit.Filter{Customer: s.people[number], Kind: evidence.AuditExported}, "", 10)
				s.check(err)
				return p.Entries
			}
			if n := len(exported()); n != 0 {
				t.Errorf("%d records of what nobody got", n)
			}
			var r got
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // until the record of it is sealed
				if r = desk.do(http.MethodGet, link[1], nil); r.code == http.StatusOK {
					if kind, how := r.head.Get("Content-Type"), r.head.Get("Content-Disposition"); kind != "application/zip" || !strings.HasPrefix(how, "attachment") {
						t.Errorf("%s, %s", kind, how)
					}
					break
				} else if time.Now().After(deadline) {
					t.Fatalf("download: %d", r.code)
				}
			}
			if all := exported(); len(all) != 1 || all[0].Actor != audit.Staff(desk.member.ID, "").String() {
				t.Errorf("%d records of a download", len(all))
			}
			s.check(os.WriteFile(file, []byte(r.body), 0o600))
		})
		node.Stop(t)
		if out := in.Must(t, "evidence", "verify", file); !strings.Contains(out, "I accept the offer.") || !strings.Contains(out, "Lena Test") {
			t.Errorf("the evidence says %s", out)
		}
		b, err := os.ReadFile(file)
		s.check(err)
		b[len(b)/2] ^= 1
		s.check(os.WriteFile(file, b, 0o600))
		if out, _, code := in.Command("evidence", "verify", file); code == 0 {
			t.Errorf("a changed file: %s", out)
		}
	})
}
