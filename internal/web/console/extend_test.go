package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSetsWhenATokenEnds: one token's end is set without a list of many.
func TestSetsWhenATokenEnds(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := w.path("CS-1")
	for typed, want := range map[string]string{"": "Choose the day", "2001-02-03": "still to come", "2999-01-01": "thirty years", "next week": "Choose the day"} {
		a := p.does(at+"/do/extend", "reason", "The maker says so.", "ends_at", typed)
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#f-ends_at-error").Text(), want) {
			t.Errorf("%q: %d %s", typed, a.code, a.page.One(t, "main").Text())
		}
	}
	day := w.clock.Now().AddDate(0, 0, 40)
	if a := p.does(at+"/do/extend", "ends_at", day.Format(time.DateOnly)); a.code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.code)
	}
	w.done(p.does(at+"/do/extend", "reason", "The maker says so.", "ends_at", day.Format(time.DateOnly)), at)
	if got := p.open(at).One(t, "[aria-labelledby=facts]").Text(); !strings.Contains(got, day.Format("2 January 2006")) {
		t.Errorf("its page says %s", got)
	}
	if e := w.found(c, "token.extended"); len(e) != 1 || e[0].Actor != p.actor() || !strings.Contains(string(e[0].Details), "The maker says so.") {
		t.Errorf("the records: %+v", e)
	}
}
