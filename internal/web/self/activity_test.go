package self_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestActivity: what happened, in the customer's words.
func TestActivity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "SERIAL-0001", "SERIAL-0002")
	w.customer("2", "U1")
	w.browser().post("/login", "customer_number", "1", "code", wrong(t, "SERIAL-0001"))
	bank := audit.Client(ident.Derive("bank"), "secret name of an application")
	if _, err := w.cfg.Hub.Start(t.Context(), bank, hub.Start{CustomerNumber: "1", Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code(t, "SERIAL-0001", 0)}}); err != nil {
		t.Fatal(err)
	}
	noor := audit.Staff(ident.Derive("noor"), "noor")
	w.must(w.customers.Suspend(t.Context(), noor, c.ID, "a reason for staff"))
	w.must(w.customers.Activate(t.Context(), noor, c.ID, "a reason for staff"))
	b := w.login("1", code(t, "SERIAL-0002", 0))
	b.post(w.at("SERIAL-0001")+"/name", "name", "Desk").leads(w.at("SERIAL-0001"))
	b.post(w.at("SERIAL-0001")+"/lost", "code", code(t, "SERIAL-0002", 1)).leads("/tokens")
	w.login("2", code(t, "U1", 0))

	a := b.get("/activity").shows(http.StatusOK, "Activity")
	var told []string
	for _, li := range a.page.One(t, ".timeline").All("li") {
		var text strings.Builder
		text.WriteString(li.One(t, ".event-title").Text())
		for _, p := range li.All("p") {
			if p.Attr["class"] == "" {
				text.WriteString(" (" + p.Text() + ")")
			}
		}
		_, who, _ := strings.Cut(li.One(t, ".event-meta").Text(), " · ")
		told = append(told, text.String()+" by "+who)
	}
	want := []string{
		"A token was reported lost (Desk (number ending in 0001)) by You",
		"You confirmed an act on these pages with a code (Button 110 (number ending in 0002)) by You",
		"A token was named (Desk (number ending in 0001)) by You",
		"You logged in to these pages (Button 110 (number ending in 0002)) by You",
		"Your access was opened again by Your bank's staff",
		"Your access was suspended by Your bank's staff",
		"You logged in (Desk (number ending in 0001)) by Your bank's online services",
		"A secure code was refused (The code was wrong) by These pages",
	}
	if got := strings.Join(told, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the history is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	for _, secret := range []string{"noor", "secret name", "a reason for staff", "SERIAL"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the page tells %q", secret)
		}
	}
}

// TestActivityPages: the history is cut by key, and what has no words costs no page.
func TestActivityPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "T1")
	for range 60 {
		w.must(w.db.Write(t.Context(), func(tx *db.Tx) error {
			audit.Record(tx, audit.Event{Kind: "customer.contacts_seen", By: cli(), Customer: c.ID})
			return nil
		}))
		w.clock.Advance(time.Second)
	}
	b := w.login("1", code(t, "T1", 0))
	for i := range 55 {
		b.post(w.at("T1")+"/name", "name", strings.Repeat("x", i+1)).leads(w.at("T1"))
		w.clock.Advance(time.Second)
	}
	seen, path := 0, "/activity"
	for range 10 {
		a := b.get(path).shows(http.StatusOK, "Activity")
		seen += len(a.page.All(".event-title"))
		next := a.page.All("a[rel=next]")
		if len(next) == 0 {
			break
		}
		path = next[0].Attr["href"]
	}
	if seen != 56 {
		t.Errorf("%d events in all; want 55 names and a login", seen)
	}
	b.get("/activity?after=nonsense").shows(http.StatusBadRequest, "That request was not understood")
}

// TestEnds: the customer is told in time what ends (SCA-63).
func TestEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.activate(func(s *policy.Set) { s.Policies[0].Valid = 91 * 24 * time.Hour })
	c := w.customer("1", "T1")
	day := 24 * time.Hour
	now := w.clock.Now().Truncate(time.Second)
	w.give(c, "END-NEAR", now.Add(30*day))
	w.give(c, "END-FAR", now.Add(91*day))
	w.give(c, "END-OVER", now.Add(time.Second))
	w.clock.Advance(2 * time.Second)
	b := w.login("1", code(t, "T1", 0))
	notices := func(path string) (all []string) {
		for _, n := range b.get(path).page.All(".notice") {
			all = append(all, n.Text())
		}
		return all
	}
	got := strings.Join(notices("/tokens"), "\n")
	for _, want := range []string{"A token ends in 30 days Button 110 (number ending in NEAR) ends on", "The time of a token is over Button 110 (number ending in OVER) ended on"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q but\n%s", want, got)
		}
	}
	if strings.Contains(got, "FAR") || strings.Contains(got, "Secure code from") {
		t.Errorf("the page speaks of ends that are far:\n%s", got)
	}
	if got := notices(w.at("END-NEAR")); len(got) != 1 {
		t.Errorf("the token's page says %v", got)
	}
	b.get(w.at("END-OVER")).says("Its time is over")

	w.clock.Advance(4 * day)
	b = w.login("1", code(t, "T1", 1))
	if got := strings.Join(notices("/tokens"), "\n"); !strings.Contains(got, "Secure code from a hardware token Ends on") || !strings.Contains(got, "FAR") {
		t.Errorf("after four days the page says\n%s", got)
	}
	p, _ := w.cfg.Policies.Active().Policy("secure-code")
	w.must(w.db.Write(t.Context(), func(tx *db.Tx) error {
		for range 5 {
			if _, err := authenticator.Settle(tx, cli(), c.ID, p, authenticator.Finding{Reason: authenticator.Wrong}); err != nil {
				return err
			}
		}
		return nil
	}))
	if got := strings.Join(notices("/tokens"), "\n"); !strings.Contains(got, "After too many wrong codes we pause until") {
		t.Errorf("during a block the page says\n%s", got)
	}
	if _, err := w.cfg.Care.Suspend(t.Context(), cli(), token.Order{Device: w.device("END-NEAR").ID, Customer: c.ID, Reason: "x", EvenLast: true}); err != nil {
		t.Fatal(err)
	}
}

// TestGermanPages: no text is missing, and no serial number is shown in full.
func TestGermanPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "SERIAL-0001", "SERIAL-0002", "QUIZ-0003")
	b := w.login("1", code(t, "SERIAL-0001", 0))
	b.lang = "de"
	b.get("/login").shows(http.StatusOK, "Ihre Token")
	for _, path := range []string{"/tokens", w.at("SERIAL-0002"), w.at("SERIAL-0002") + "/lost", w.at("QUIZ-0003") + "/resync", "/activity", "/timeout"} {
		a := b.get(path)
		text := a.page.One(t, "body").Text()
		if a.code != http.StatusOK || a.page.One(t, "html").Attr["lang"] != "de" || strings.ContainsAny(text, "{⟦") || strings.Contains(a.body, "SERIAL") {
			t.Errorf("%s: %d %s", path, a.code, text)
		}
	}
	b.post(w.at("SERIAL-0002")+"/lost", "code", code(t, "SERIAL-0002", 0)).says("Dieser Code kommt von dem Token, den Sie melden.")
}
