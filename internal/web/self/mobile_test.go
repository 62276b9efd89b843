package self_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

func plain(*policy.Application) {}

// S-02, S-03: a phone is added after a fresh proof, by picture, link and typable code, which
// is shown once and can be taken back.
func TestMobileEnrollment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	w.customer("1", "T1")
	b := w.login("1", code(t, "T1", 0))
	b.get("/mobile/add").shows(http.StatusOK, "Add a phone")
	b.post("/mobile/add", "proof", "made up").says("That took too long")
	b.proves("/mobile/add", "token", wrong(t, "T1")).wrong("code", "This code was not accepted")
	proof := b.proves("/mobile/add", "token", code(t, "T1", 1)).hidden("proof")
	a := b.post("/mobile/add", "proof", proof, "name", "New phone", "way", "shown").shows(http.StatusOK, "Your activation code")
	a.page.One(t, "svg.qr")
	link, typed := "", a.typed()
	for _, n := range a.page.All("a.button") {
		if h := n.Attr["href"]; strings.HasPrefix(h, "https://mobile.bank.example/app/bank/#c=") {
			link = h
		}
	}
	if !strings.HasSuffix(link, "="+strings.ReplaceAll(typed, "-", "")) {
		t.Errorf("the link is %q, the code %s", link, typed)
	}
	at := a.next()
	again := b.get(at).shows(http.StatusOK, "New phone").says("Enter the activation code on the phone")
	if strings.Contains(again.body, typed) || again.page.All(".qr") != nil {
		t.Error("the code is shown twice")
	}
	b.post(at + "/cancel").leads(at)
	if _, done := w.redeems(typed); done {
		t.Error("a code that was taken back was redeemed")
	}
	b.get(at).says("Its activation code was taken back")
	w.clock.Advance(time.Second)
	a = b.post(at+"/renewal", "proof", proof, "way", "shown").shows(http.StatusOK, "Your activation code")
	b.post(at+"/extension", "proof", proof).says("This code cannot get more time") // the policy has no extensions
	h, done := w.redeems(a.typed())
	if !done {
		t.Fatal("not redeemed")
	}
	b.get(at).says("Open the app there once more")
	if why := w.confirms(h); why != mobiletoken.Accepted {
		t.Fatal(why)
	}
	b.get(at).says("In use").says("Pebble 7").says("A mobile token was activated")
	b.get("/tokens").says("New phone")
	m := w.by("1", h)
	m.get(at).says("Used to log in here")
	m.get("/activity").says("A mobile token was activated")
	logs := w.logs.String()
	if strings.Contains(logs, typed) || strings.Contains(logs, strings.ReplaceAll(typed, "-", "")) {
		t.Error("the activation code is in the log")
	}
}

// A code that is sent is not shown.
func TestMobileCodeIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(func(a *policy.Application) {
		a.Activation.MaxExtend = 2
		a.Activation.Valid = time.Hour
		a.Activation.MaxLife = 90 * time.Hour
	})
	w.customer("1", "T1")
	b := w.login("1", code(t, "T1", 0))
	proof := b.proves("/mobile/add", "token", code(t, "T1", 1)).hidden("proof")
	a := b.post("/mobile/add", "proof", proof, "way", "sent").shows(http.StatusOK, "Your activation code").says("We send it to you")
	if a.page.All("output") != nil && len(a.page.All(".secret-value"))+len(a.page.All(".qr")) > 0 {
		t.Error("a code that is sent is shown")
	}
	w.clock.Advance(2 * time.Minute)
	b.post(a.next()+"/extension", "proof", proof).leads(a.next())
	b.get(a.next()).says("An activation code got more time")
}

// S-08: a block needs nothing but the session, and the last one a warning; to set it going
// needs another token.
func TestMobileBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	c := w.customer("1", "T1")
	h, second := w.hands(c, "Old phone"), w.hands(c, "Other phone")
	b := w.login("1", code(t, "T1", 0))
	b.get(h.at()+"/block").shows(http.StatusOK, "Block it now").says("with a code of another token")
	b.post(h.at() + "/block").leads("/tokens")
	if it := w.item(h); it.Status != mobiletoken.Blocked || it.BlockedBy != mobiletoken.ByUser {
		t.Fatalf("%s by %s", it.Status, it.BlockedBy)
	}
	w.browser().post("/login", "customer_number", "1", "by", "mobile", "code", w.shows(h)).wrong("code", "We could not log you in")
	b.get(h.at()).says("You have blocked it")
	proof := b.proves(h.at()+"/enabling", "mobile", w.shows(second)).hidden("proof")
	b.post(h.at()+"/enabling", "proof", proof).leads(h.at())
	if it := w.item(h); it.Status != mobiletoken.Active {
		t.Fatal(it.Status)
	}

	mine := w.by("1", h)
	mine.post(h.at() + "/block").leads("/login")
	mine.get("/tokens").leads("/login")
}

// S-07: nobody locks themselves out without having been told.
func TestLastMobileToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	c := w.customer("1")
	h := w.hands(c, "")
	b := w.by("1", h)
	b.get(h.at()).shows(http.StatusOK, "Alder Bank").says("This is the only token that you can use")
	b.get(h.at() + "/redistribution").says("This needs another token").says("Call your bank's help desk")
	b.get(h.at() + "/block").says("Only your bank's help desk can set it going again")
	a := b.proves(h.at()+"/archiving", "mobile", w.shows(h)).says("Your code came from this very token").says("only token that you can use")
	b.post(h.at()+"/archiving", "proof", a.hidden("proof")).says("This is the token that your code came from")
	if it := w.item(h); it.Status != mobiletoken.Active {
		t.Fatal(it.Status)
	}
	b.post(h.at()+"/archiving", "proof", a.hidden("proof"), "warned", "yes").leads("/login")
	if it := w.item(h); it.Status != mobiletoken.Archived {
		t.Fatal(it.Status)
	}
}

// Redistribution needs the code of another token, whatever the page said.
func TestMobileRedistribution(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	c := w.customer("1", "T1")
	h := w.hands(c, "Phone")
	b := w.by("1", h)
	proof := b.proves(h.at()+"/archiving", "mobile", w.shows(h)).hidden("proof")
	b.post(h.at()+"/redistribution", "proof", proof).says("Please give a code of another token of yours")
	proof = b.proves(h.at()+"/redistribution", "token", code(t, "T1", 0)).hidden("proof")
	a := b.post(h.at()+"/redistribution", "proof", proof, "way", "shown").shows(http.StatusOK, "Your activation code")
	anew, done := w.redeems(a.typed())
	if !done || anew.token.ID != h.token.ID {
		t.Fatal("the code is of another token")
	}
	b.get(h.at()).says("Open the app there once more")
	w.by("1", h) // works until the new copy has proved itself
	if why := w.confirms(anew); why != mobiletoken.Accepted {
		t.Fatal(why)
	}
	w.by("1", anew)
	w.browser().post("/login", "customer_number", "1", "by", "mobile", "code", w.shows(h)).wrong("code", "We could not log you in")
}

// S-04, S-05: a migration is resumed from either token, compared and finished, or given up;
// the old phone works until then.
func TestMobileMigration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(func(a *policy.Application) { a.Activation.Compare = true })
	c := w.customer("1")
	h := w.hands(c, "Old phone")
	b := w.by("1", h)
	begin := func() answer {
		proof := b.proves(h.at()+"/migration", "mobile", w.shows(h)).hidden("proof")
		return b.post(h.at()+"/migration", "proof", proof, "name", "New phone", "keep_serial", "yes", "way", "shown").shows(http.StatusOK, "Your activation code")
	}
	a := begin()
	b.get(h.at()).says("New phone is to take its place")
	b.get(a.next()).says("It takes the place of Old phone").says("Until the new phone has proved itself")
	b.post(a.next() + "/abandonment").leads(h.at())
	b.get(a.next()).says("Removed")

	a = begin()
	to, done := w.redeems(a.typed())
	if why := w.confirms(to); !done || why != mobiletoken.NotCompared {
		t.Fatal(why)
	}
	b.get(a.next()).says("Now type here the digits that it shows")
	right, err := mobiletoken.ComparisonCode(to.key)
	w.must(err)
	theirs, err := mobiletoken.ComparisonCode(h.key)
	w.must(err)
	proof := b.proves(a.next()+"/compare", "mobile", w.shows(h)).hidden("proof")
	b.post(a.next()+"/compare", "proof", proof, "comparison", "12").wrong("comparison", "These are four digits")
	if theirs != right {
		b.post(a.next()+"/compare", "proof", proof, "comparison", theirs).leads(a.next())
		b.get(a.next()).says("These digits are not those of the phone")
	}
	w.by("1", h) // still
	b.post(a.next()+"/compare", "proof", proof, "comparison", right).leads(a.next())
	if why := w.confirms(to); why != mobiletoken.Accepted {
		t.Fatal(why)
	}
	if it := w.item(to); it.Status != mobiletoken.Active || it.Serial != h.token.Serial {
		t.Errorf("%s, %s", it.Status, it.Serial)
	}
	if it := w.item(h); it.Status != mobiletoken.Archived {
		t.Error(it.Status)
	}
	b.get("/tokens").leads("/login") // the token that opened the session is no more
	w.by("1", to).get("/tokens").says("New phone").says("Removed tokens")
}

// S-06: the link of a notice stops the token without a login; to look at it changes nothing.
func TestNotMe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	c := w.customer("1")
	h := w.hands(c, "")
	path := "/not-me/" + w.cfg.Mobile.DisownKey(c.ID, h.token.ID, w.clock.Now())
	b := w.browser()
	b.get(path).shows(http.StatusOK, "It wasn't me").says("Stop this token?")
	if it := w.item(h); it.Status != mobiletoken.Active {
		t.Fatal("a look has blocked it")
	}
	b.post(path).shows(http.StatusOK, "It wasn't me").says("out of use")
	if it := w.item(h); it.Status != mobiletoken.Blocked || it.BlockedBy != mobiletoken.ByOperator {
		t.Errorf("%s by %s", it.Status, it.BlockedBy)
	}
	if a := b.post(path + "x"); a.code != http.StatusNotFound {
		t.Errorf("another key: %d", a.code)
	}
}

// S-06: the link of a token that was replaced stops the one in its place, and says so; that of
// one that was removed claims nothing.
func TestNotMeReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	c := w.customer("1")
	old := w.hands(c, "")
	link := func(h handset) string {
		return "/not-me/" + w.cfg.Mobile.DisownKey(c.ID, h.token.ID, w.clock.Now())
	}
	o := mobiletoken.Order{Customer: c.ID, Token: old.token.ID, Reason: "x", Warned: true}
	_, next, out, err := w.cfg.Mobile.Migrate(t.Context(), cli(), mobiletoken.Migrate{Order: o})
	if err != nil {
		t.Fatal(err)
	}
	thief, done := w.redeems(out.Handout("").Code)
	if !done || w.confirms(thief) != mobiletoken.Accepted {
		t.Fatal("not migrated")
	}
	b := w.browser()
	b.get(link(old)).says("Another token has taken its place").says("Stop this token?")
	b.post(link(old)).says("out of use")
	if it := w.item(thief); it.Status != mobiletoken.Blocked || it.BlockedBy != mobiletoken.ByOperator {
		t.Errorf("%s by %s", it.Status, it.BlockedBy)
	}
	o.Token = next.ID
	if _, err := w.cfg.Mobile.Archive(t.Context(), cli(), o); err != nil {
		t.Fatal(err)
	}
	for _, h := range []handset{old, thief} {
		for _, a := range []answer{b.get(link(h)), b.post(link(h))} {
			a.shows(http.StatusOK, "It wasn't me").says("This token was removed").says("cannot be undone here").says("call your bank now")
			if strings.Contains(a.body, "Nobody can log in") || strings.Contains(a.body, "Stop this token") {
				t.Error("it claims too much")
			}
		}
	}
}

// Somebody else's mobile tokens are not there.
func TestMobileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	theirs, mine := w.hands(w.customer("1"), "Theirs"), w.hands(w.customer("2"), "Mine")
	b := w.by("2", mine)
	proof := b.proves("/mobile/add", "mobile", w.shows(mine)).hidden("proof")
	for _, act := range []string{"", "/block", "/migration", "/redistribution", "/renewal", "/extension", "/compare", "/enabling", "/archiving", "/cancel", "/abandonment", "/name"} {
		for _, at := range []string{theirs.at(), "/mobile/" + ident.Derive("nothing").String()} {
			if act != "/cancel" && act != "/abandonment" && act != "/name" {
				if a := b.get(at + act); a.code != http.StatusNotFound {
					t.Errorf("GET %s: %d", at+act, a.code)
				}
			}
			if act == "" {
				continue
			}
			if a := b.post(at+act, "proof", proof, "warned", "yes", "name", "x"); a.code != http.StatusNotFound {
				t.Errorf("POST %s: %d", at+act, a.code)
			}
		}
	}
	if it := w.item(theirs); it.Status != mobiletoken.Active || it.Name != "Theirs" {
		t.Errorf("%s %q", it.Status, it.Name)
	}
}
