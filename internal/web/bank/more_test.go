package bank_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestALookSeesNinetyDays: whoever logged in by the password alone sees balance and the last 90
// days, and more once the code was shown as well (RTS, article 10; SCA-29).
func TestALookSeesNinetyDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	w.api.risk.decision = "allow"
	v := w.visitor()
	v.send("/login/password", "customer_number", iris, "password", irisSecret).leads("/overview")
	v.get("/overview").shows(http.StatusOK, "My accounts")
	edge := w.clock.now.AddDate(0, 0, -90)
	at := func(month time.Time) string { return "/accounts/current?month=" + month.Format("2006-01") }
	before := edge.AddDate(0, 0, -edge.Day()) // in the month before that of the edge
	p := v.get(at(edge)).shows(http.StatusOK, "Current account").says("Show more")
	days := func(p *page) (all []int) {
		for _, m := range p.doc.All(".fine") {
			if !strings.Contains(m.Text(), " · ") {
				continue // no movement
			}
			day, err := strconv.Atoi(strings.Fields(m.Text())[0])
			if err != nil {
				t.Fatalf("a day: %q", m.Text())
			}
			all = append(all, day)
		}
		return all
	}
	seen := days(p)
	if len(p.doc.All("a[rel=prev]")) != 0 {
		t.Error("the page leads further back")
	}
	v.get(at(before)).leads("/more")
	v.get("/accounts/savings?month=" + before.Format("2006-01")).leads("/more")
	v.get("/more").shows(http.StatusOK, "See more than 90 days")
	v.send("/more", "password", "wrong").wrong("password", "This password is not right.")
	v.get(at(before)).leads("/more")
	v.send("/more", "password", irisSecret).leads("/security/code")
	v.get(at(before)).leads("/more")
	v.send("/security/code", "code", "000000").wrong("code", "This code is not right")
	v.get(at(before)).leads("/more")
	v.send("/security/code", "code", w.code(x)).leads("/accounts/current")
	v.get(at(before)).shows(http.StatusOK, "Current account")
	v.get("/more").leads("/accounts/current")
	all := days(v.get(at(edge)))
	hidden := slices.DeleteFunc(slices.Clone(all), func(day int) bool { return day >= edge.Day() })
	if want := slices.DeleteFunc(all, func(day int) bool { return day < edge.Day() }); len(hidden) == 0 || !slices.Equal(seen, want) {
		t.Errorf("of the month of day %d the days %v were shown, of %v and %v", edge.Day(), seen, want, hidden)
	}
}

// TestBothFactorsSeeEverything: a login by password and code has no limit.
func TestBothFactorsSeeEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	v.get("/accounts/current?month="+w.clock.now.AddDate(0, -6, 0).Format("2006-01")).shows(http.StatusOK, "Current account")
	v.get("/more").leads("/accounts/current")
}
