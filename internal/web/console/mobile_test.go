package console_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
	"github.com/countersign-auth/countersign/oath"
)

// applications registers two mobile applications in the policies.
func (w *world) applications() {
	w.Helper()
	doc, err := w.cfg.Policies.Active().Format()
	if err != nil {
		w.Fatal(err)
	}
	set, err := policy.Parse(doc)
	if err != nil {
		w.Fatal(err)
	}
	set.Policies = append(set.Policies, policy.Policy{
		Code: "mobile-code", Name: "Secure code of a phone", Method: policy.MethodMobile, Use: policy.UseCode, Failures: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10},
		Time: policy.Time{Skew: 1, FirstUse: 2, MaxDrift: 20},
	})
	set.Applications = []policy.Application{
		{Code: "bank", Name: "Mobile banking", Download: "https://bank.example/app", Activation: policy.Activation{MaxExtend: 2}, Keys: policy.Keys{Sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, Policies: []string{"mobile-code"}},
		{Code: "business", Name: "Business app", Download: "https://bank.example/business", Scheme: "bankbusiness", Activation: policy.Activation{Split: true}, KeepSerial: true, Policies: []string{"mobile-code"}},
	}
	if doc, err = set.Format(); err != nil {
		w.Fatal(err)
	}
	v, err := w.cfg.Policies.Store(w.Context(), cli, doc)
	if err == nil {
		err = w.cfg.Policies.Activate(w.Context(), cli, w.cfg.Policies.Active().Version, v)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// phoned is a phone that types a code and runs the protocol; prove has it give its first
// code, too.
func (w *world) phoned(code string, prove bool) (seed []byte) {
	w.Helper()
	c, err := dskpp.ParseHuman(code)
	if err != nil {
		w.Fatal(err)
	}
	a, err := w.cfg.Mobile.Attempt(w.Context(), c.ClientID)
	if err != nil || a.Standing != mobiletoken.Usable || string(a.Password) != c.Password {
		w.Fatalf("the code is %s, %v", a.Standing, err)
	}
	seed = make([]byte, 20)
	_, _ = rand.Read(seed)
	t, done, err := w.cfg.Mobile.Provision(w.Context(), mobiletoken.Provisioned{
		ClientID: c.ClientID, Key: seed, Model: "Pixel 11", AppVersion: "4.2.0", New: true,
		Session: mobiletoken.Session{ID: c.ClientID, Digest: sha256.Sum256([]byte(c.ClientID)), Body: []byte("x"), Expires: w.clock.Now().Add(time.Hour)},
	})
	if err != nil || !done {
		w.Fatal(done, err)
	}
	if !prove {
		return seed
	}
	otp, err := oath.NewTOTP(seed, oath.TOTPOptions{Digits: a.Application.Keys.Digits, Step: a.Application.Keys.Step})
	if err != nil {
		w.Fatal(err)
	}
	first, err := otp.Code(w.clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	if out, err := w.cfg.Mobile.Confirm(w.Context(), cli, t.Customer, t.ID, first); err != nil || out.Reason != mobiletoken.Accepted {
		w.Fatal(out, err)
	}
	return seed
}

// mobile makes an active mobile token of a customer, and returns its page.
func (w *world) mobile(c customer.Customer, name string) string {
	w.Helper()
	t, out, err := w.cfg.Mobile.Enroll(w.Context(), cli, mobiletoken.Enrollment{Customer: c.ID, Application: "bank", Name: name})
	if err != nil {
		w.Fatal(err)
	}
	w.phoned(out.Handout("").Code, true)
	return customerAt(c) + "/mobile/" + t.ID.String()
}

func customerAt(c customer.Customer) string { return "/customers/" + c.ID.String() }

// TestMobileTokenDesk is a help desk's day with mobile tokens: enrolled, activated,
// blocked, enabled, redistributed, migrated, archived; each with what it needs.
func TestMobileTokenDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applications()
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	at := customerAt(c)

	form := hiddenFields(p.open(at + "/mobile/new"))
	form.Set("application", "bank")
	form.Set("name", "my phone")
	a := p.post(at+"/mobile/new", form)
	if a.code != http.StatusOK || !a.page.One(t, ".qr-box").Has("svg") {
		t.Fatalf("%d %s", a.code, a.body)
	}
	code := a.page.One(t, "#activation-code").Attr["data-value"]
	one := a.page.One(t, ".actions").One(t, "a").Attr["href"]
	if link := a.page.One(t, "#activation-link").Attr["data-value"]; link != "https://mobile.bank.example/app/bank/#c="+strings.ReplaceAll(code, "-", "") {
		t.Errorf("the link is %q", link)
	}
	if again := p.post(at+"/mobile/new", form); again.code != http.StatusConflict || strings.Contains(again.body, "activation-code") {
		t.Errorf("sent again: %d", again.code)
	}
	if body := p.get(one).body; strings.Contains(body, code) || strings.Contains(body, strings.ReplaceAll(code, "-", "")) {
		t.Error("the page of the token has the code")
	}
	want := func(acts ...string) {
		t.Helper()
		if got := p.offered(one); !slices.Equal(got, acts) {
			t.Errorf("%s offers %q, want %q", p.open(one).One(t, ".lede").Text(), got, acts)
		}
	}
	want("archive-mobile", "cancel-mobile", "extend-mobile", "name-mobile", "renew-mobile")
	w.clock.Advance(time.Minute)
	w.done(p.does(one+"/extend-mobile"), one)
	w.done(p.does(one+"/cancel-mobile"), one)
	want("archive-mobile", "name-mobile", "renew-mobile")
	a = p.does(one + "/renew-mobile")
	w.phoned(a.page.One(t, "#activation-code").Attr["data-value"], true)
	want("archive-mobile", "block-mobile", "migrate-mobile", "name-mobile", "redistribute-mobile")
	w.done(p.does(one+"/name-mobile", "name", "the blue one"), one)

	if a := p.does(one+"/block-mobile", "reason", "Lost."); a.code != http.StatusConflict {
		t.Errorf("the last token is blocked: %d", a.code)
	}
	if a := p.does(one+"/block-mobile", "even_last", "yes"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("blocked without a reason: %d", a.code)
	}
	w.done(p.does(one+"/block-mobile", "reason", "Lost.", "even_last", "yes", "for", "24h0m0s"), one)
	if text := p.open(one).One(t, "main").Text(); !strings.Contains(text, "The bank has blocked it") || !strings.Contains(text, "The block ends") {
		t.Errorf("blocked, the page says %s", text)
	}
	if a := p.get(one + "/enable-mobile"); a.code != http.StatusSeeOther || !strings.HasPrefix(a.to, at+"/identify") {
		t.Fatalf("enabled without an identification: %d, %s", a.code, a.to)
	}
	w.done(answer{code: http.StatusSeeOther, to: p.identifies(c, one+"/enable-mobile")}, one+"/enable-mobile")
	w.done(p.does(one+"/enable-mobile", "reason", "Found."), one)

	a = p.does(one + "/redistribute-mobile")
	w.phoned(a.page.One(t, "#activation-code").Attr["data-value"], false)
	if text := p.open(one).One(t, "main").Text(); !strings.Contains(text, "Another device has a new key") {
		t.Errorf("redistributed, the page says %s", text)
	}
	form = hiddenFields(p.open(one + "/migrate-mobile"))
	a = p.post(one+"/migrate-mobile", form)
	two := a.page.One(t, ".actions").One(t, "a").Attr["href"]
	if !p.open(one).Has("a[href="+two+"]") || !p.open(two).Has("a[href="+one+"]") {
		t.Error("the two tokens of a migration do not lead to each other")
	}
	w.done(p.does(two+"/abandon-mobile"), two)
	a = p.does(one + "/migrate-mobile")
	w.phoned(a.page.One(t, "#activation-code").Attr["data-value"], true)
	if text := p.open(one).One(t, "main").Text(); !strings.Contains(text, "A new token took its place.") || !strings.Contains(text, "It has ended for good") {
		t.Errorf("migrated, the page says %s", text)
	}
	want()
	three := a.page.One(t, ".actions").One(t, "a").Attr["href"]
	if a := p.does(three+"/archive-mobile", "reason", "Sold.", "even_last", "yes"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("archived without being sure: %d", a.code)
	}
	w.done(p.does(three+"/archive-mobile", "reason", "Sold.", "even_last", "yes", "sure", "yes"), three)
	if page := p.open(at); page.Has("a[href="+three+"]") || !p.open(at+"?mobiles=all").Has("a[href="+three+"]") {
		t.Error("archived tokens are shown when asked for, and only then")
	}
	if strings.Contains(w.logs.String(), strings.ReplaceAll(code, "-", "")) {
		t.Error("a code is in the log")
	}
}

// TestMobileTokenRoles: who may do what with a mobile token.
func TestMobileTokenRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applications()
	c := w.customer("10027", "Ada Palmer")
	one := w.mobile(c, "my phone")
	w.mobile(c, "another")
	for role, want := range map[staff.Role][]string{
		staff.HelpDesk:        {"archive-mobile", "block-mobile", "migrate-mobile", "name-mobile", "redistribute-mobile"},
		staff.FraudAnalyst:    {"archive-mobile", "block-mobile"},
		staff.SecurityOfficer: {"archive-mobile", "block-mobile"},
		staff.Auditor:         nil,
	} {
		p := w.join("p_"+string(role), role).login()
		if got := p.offered(one); !slices.Equal(got, want) {
			t.Errorf("%s is offered %q, want %q", role, got, want)
		}
		if got := p.open(customerAt(c)).Has("a[href=" + customerAt(c) + "/mobile/new]"); got != (role == staff.HelpDesk) {
			t.Errorf("%s may enroll: %v", role, got)
		}
	}
	w.done(w.join("fay", staff.FraudAnalyst).login().does(one+"/block-mobile", "reason", "Fraud."), one)
	page, err := w.cfg.Audit.Find(t.Context(), audit.Filter{Customer: c.ID, Kind: mobiletoken.AuditBlocked}, "", 5)
	if err != nil || len(page.Entries) != 1 || !strings.HasPrefix(page.Entries[0].Actor, "staff:") {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestMobileCodesByTwoWays: staff see one half of a split code, and nothing of one that is
// sent.
func TestMobileCodesByTwoWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applications()
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	at := customerAt(c) + "/mobile/new"
	a := p.does(at, "application", "business")
	half, err := dskpp.ParseHuman(a.page.One(t, "#activation-code").Attr["data-value"])
	if err != nil || len(half.Password) != 10 || a.page.One(t, "#activation-link").Attr["data-value"] != "bankbusiness://activate?c="+half.String()+"&part=1" {
		t.Errorf("%v, %v", half, err)
	}
	sent := p.does(at, "application", "bank", "way", "sent")
	if sent.code != http.StatusSeeOther || !strings.HasPrefix(sent.to, customerAt(c)+"/mobile/") {
		t.Fatalf("%d %s", sent.code, sent.body)
	}
	if !strings.Contains(p.open(sent.to).One(t, ".flashes").Text(), "on its way") {
		t.Error("nobody says that the code was sent")
	}
	// A form that was shown before somebody else's code makes none.
	one := sent.to
	form := hiddenFields(p.open(one + "/renew-mobile"))
	w.clock.Advance(time.Second)
	if a := p.does(one + "/renew-mobile"); a.code != http.StatusOK {
		t.Fatalf("renewed: %d", a.code)
	}
	if a := p.post(one+"/renew-mobile", form); a.code != http.StatusConflict || strings.Contains(a.body, "activation-code") {
		t.Errorf("an old form makes another code: %d", a.code)
	}
}

// TestMobileList: all tokens of an application, by state and by last use; and one by its
// serial number.
func TestMobileList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("aud", staff.Auditor).login()
	if !strings.Contains(p.open("/mobile").One(t, "main").Text(), "No mobile applications") {
		t.Error("without applications the page does not say so")
	}
	w.applications()
	ada := w.customer("10027", "Ada Palmer")
	one := w.mobile(ada, "my phone")
	w.clock.Advance(100 * 24 * time.Hour)
	p.login()
	two := w.mobile(w.customer("10028", "Kim Okafor"), "")
	for query, want := range map[string][2]bool{"": {true, true}, "?state=active": {true, true}, "?state=blocked": {false, false}, "?idle=30": {true, false}, "?idle=365": {false, false}, "?application=business": {false, false}} {
		page := p.open("/mobile" + query)
		if got := [2]bool{page.Has("a[href=" + one + "]"), page.Has("a[href=" + two + "]")}; got != want {
			t.Errorf("%q lists %v, want %v", query, got, want)
		}
	}
	serial := p.open("/mobile?idle=30").One(t, "tbody").One(t, "a").Text()
	if a := p.get("/mobile?serial=" + strings.ToLower(serial)); a.code != http.StatusSeeOther || a.to != one {
		t.Errorf("the serial number leads to %q", a.to)
	}
	if a := p.get("/customers?q=" + serial); a.code != http.StatusSeeOther || a.to != one {
		t.Errorf("searched, the serial number leads to %q", a.to)
	}
	if a := p.get("/mobile?serial=M1"); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "main").Text(), "no mobile token with this serial number") {
		t.Errorf("an unknown serial number: %d", a.code)
	}
	if page := p.open("/policies"); !strings.Contains(page.Text(), "Mobile banking") || !strings.Contains(page.Text(), "6 to 8 digits") {
		t.Error("the policies page says nothing of the applications")
	}
}

// reach is what is known of notifications.
type reach map[ident.ID]push.Health

func (r reach) On() bool { return true }

func (r reach) Health(context.Context, ident.ID) (map[ident.ID]push.Health, error) { return r, nil }

// TestMobilePushes: staff see whether notifications reach a phone, and why they do not.
func TestMobilePushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	health := reach{}
	w.cfg.Pushes = health
	var err error
	if w.http, err = console.New(w.cfg); err != nil {
		t.Fatal(err)
	}
	w.applications()
	one := w.mobile(w.customer("10027", "Ada Palmer"), "my phone")
	id, err := ident.Parse(one[strings.LastIndexByte(one, '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	p := w.join("maja", staff.HelpDesk).login()
	for want, h := range map[string]push.Health{
		"has not registered":              {},
		"took the last one":               {State: push.Reached, Service: "push.example"},
		"There was no connection":         {State: push.Failing, Reason: push.Unreachable},
		"must register anew":              {State: push.Over, Reason: push.Ended},
		"Nothing was sent yet":            {State: push.Fresh},
		"where those of the former token": {State: push.Taking},
	} {
		health[id] = h
		text := p.open(one).One(t, "main").Text()
		if !strings.Contains(text, want) || strings.Contains(text, "They reach this phone") != h.Works() {
			t.Errorf("%q: the page says %s", want, text)
		}
	}
}
