package self_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestReportLost: a loss is believed on the word of another token. (SCA-67, SCA-74.)
func TestReportLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "T1-0001", "T2-0002")
	w.customer("2", "U1")
	thief := w.login("1", code(t, "T1-0001", 0)) // who has that token, and its PIN
	b := w.login("1", code(t, "T2-0002", 0))
	lost := w.at("T1-0001") + "/lost"
	b.get(w.at("T1-0001")).shows(http.StatusOK, "Button 110").says("•••• 001")
	b.get(lost).shows(http.StatusOK, "Report a token lost").says("Button 110 •••• 002")
	b.post(lost).wrong("code", "Secure code: please fill this in.")
	b.post(lost, "code", wrong(t, "T2-0002")).wrong("code", "This code was not accepted.")
	b.post(lost, "code", code(t, "U1", 0)).wrong("code", "This code was not accepted.")
	b.post(lost, "code", code(t, "T2-0002", 0)).wrong("code", "This code was not accepted.") // spent by the login
	b.post(lost, "code", "letters").wrong("code", "A secure code has digits only.")
	b.post(lost, "code", code(t, "T1-0001", 1)).wrong("code", "This code comes from the token that you report.")
	if d := w.device("T1-0001"); d.Status != device.Active {
		t.Fatalf("the token is %s", d.Status)
	}
	thief.get("/tokens").shows(http.StatusOK, "My tokens")

	b.post(lost, "code", code(t, "T2-0002", 1)).leads("/tokens")
	b.get("/tokens").shows(http.StatusOK, "My tokens").says("The token is reported lost.").says("Reported lost")
	thief.get("/tokens").leads("/login")
	if d := w.device("T1-0001"); d.Status != device.Lost {
		t.Errorf("the token is %s", d.Status)
	}
	again := w.browser().post("/login", "customer_number", "1", "code", code(t, "T1-0001", 2))
	again.shows(http.StatusUnprocessableEntity, "Your tokens")
	b.get(lost).leads(w.at("T1-0001"))

	all := w.audited(token.AuditLost)
	if len(all) != 1 || all[0].Actor != audit.Customer(c.ID).String() || !strings.Contains(string(all[0].Details), `"authentication":"`) {
		t.Fatalf("the records are %+v", all)
	}
	granted := w.audited("authentication.granted")
	if granted[0].Actor != audit.Customer(c.ID).String() || !strings.Contains(string(granted[0].Details), `"purpose":"self-service"`) {
		t.Errorf("the proof's record is %s %s", granted[0].Actor, granted[0].Details)
	}
}

// TestReportLostByNumber: the other token asks for a number.
func TestReportLostByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1", "Q2")
	b := w.login("1", code(t, "T1", 0))
	lost := w.at("T1") + "/lost"
	a := b.post(lost+"/number").shows(http.StatusOK, "Report a token lost")
	first := a.questions()[0]
	a = b.post(lost, "code", "000000", "authentication", a.hidden("authentication"), "challenge", a.hidden("challenge")).wrong("code", "This code was not accepted.")
	if a.questions()[0] == first {
		t.Error("a wrong answer did not change the number")
	}
	handle, challenge := a.hidden("authentication"), a.hidden("challenge")
	other := w.browser()
	other.post("/login", "customer_number", "1", "code", code(t, "T1", 1)).leads("/tokens")
	b.post(lost, "code", respond(t, "Q2", a.questions()[0], 0), "authentication", handle, "challenge", challenge).leads("/login") // it was this session's token
	b.get("/login").says("You logged in with it, so you are logged out.")
	other.get("/tokens").leads("/login")
	if d := w.device("T1"); d.Status != device.Lost {
		t.Errorf("the token is %s", d.Status)
	}
}

// TestStop: a token is stopped with nothing but the session, and only the help desk
// sets it going again.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "T1", "T2")
	b := w.login("1", code(t, "T2", 0))
	b.get(w.at("T1") + "/lost").says("No other token at hand?").says("Only your bank's help desk can set it going again")
	b.post(w.at("T1") + "/stop").leads("/tokens")
	b.get("/tokens").says("The token is stopped.").says("Stopped")
	b.post(w.at("T1")+"/stop").shows(http.StatusUnprocessableEntity, "Report a token lost").says("not in a state for that")
	stopped := w.audited(token.AuditSuspended)
	if len(stopped) != 1 || stopped[0].Actor != audit.Customer(c.ID).String() {
		t.Errorf("the records are %+v", stopped)
	}

	// The last one, with which this session began.
	a := b.get(w.at("T2") + "/lost").says("This is your only token that works").says("you will be logged out")
	if a.page.Has("#f-code") {
		t.Error("a code is asked for, and no token could give it")
	}
	b.post(w.at("T2")+"/lost", "code", code(t, "T2", 1)).shows(http.StatusUnprocessableEntity, "Report a token lost").says("You have no other token that works any more.")
	b.post(w.at("T2") + "/stop").leads("/login")
	b.get("/login").says("The token is stopped.").says("Call your bank's help desk")
	for i := range uint64(3) {
		w.browser().post("/login", "customer_number", "1", "code", code(t, "T2", 2+i)).shows(http.StatusUnprocessableEntity, "Your tokens")
	}
	for _, serial := range []string{"T1", "T2"} {
		if d := w.device(serial); d.Status != device.Suspended {
			t.Errorf("%s is %s", serial, d.Status)
		}
	}
}

// TestNothingIsSetGoing: no page has a way back for what is out of use.
func TestNothingIsSetGoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1", "T2")
	b := w.login("1", code(t, "T2", 0))
	b.post(w.at("T1") + "/stop").leads("/tokens")
	a := b.get(w.at("T1")).says("Only your bank's help desk can set it going again.")
	for _, f := range a.page.One(t, "main").All("form") {
		if to := f.Attr["action"]; to != w.at("T1")+"/name" {
			t.Errorf("there is a form to %s", to)
		}
	}
	b.get(w.at("T1")+"/resync").shows(http.StatusConflict, "Something changed in between")
	b.post(w.at("T1")+"/lost", "code", code(t, "T2", 1)).leads("/tokens")
	b.get(w.at("T1")).says("Have you found it? Call your bank's help desk.")
}

func TestRename(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "T1")
	b := w.login("1", code(t, "T1", 0))
	b.post(w.at("T1")+"/name", "name", "  In the   office <b> ").leads(w.at("T1"))
	b.get(w.at("T1")).shows(http.StatusOK, "In the office <b>").says("The name is saved.")
	b.get("/tokens").says("In the office <b> Button 110")
	b.post(w.at("T1")+"/name", "name", strings.Repeat("x", 61)).wrong("name", "A name has at most 60 characters")
	b.post(w.at("T1")+"/name", "name", "").leads(w.at("T1"))
	b.get(w.at("T1")).shows(http.StatusOK, "Button 110")
	if all := w.audited(token.AuditRenamed); len(all) != 2 || all[0].Actor != audit.Customer(c.ID).String() {
		t.Errorf("the records are %+v", all)
	}
}
