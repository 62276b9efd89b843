package lab_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/internal/web/webtest"
	"github.com/countersign-auth/countersign/oath"
)

// answer computes what the bank's server answers or expects.
func answer(t testing.TB, suite, question string, counter uint64) string {
	t.Helper()
	s, err := oath.ParseSuite(suite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(s, []byte(key32))
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Code(oath.Input{Question: question, Counter: counter})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

const (
	signSuite   = "OCRA-1:HOTP-SHA256-8:C-QN64"
	unlockSuite = "OCRA-1:HOTP-SHA256-8:QN08"
	// Account 12345678, amount 990, currency 978, by the rule of the signing profile.
	payment = "3" + "08" + "12345678" + "03" + "990" + "03" + "978" + "0000000000000000000000000000000000000000000"
)

// F-4.3.2–4 from the token's side, without JavaScript.
func TestAPersonSignsAPayment(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	page := keys(t, h, serial("k400"), "S2580E2580E")
	if says := page.One(t, "#says").Text(); !strings.HasPrefix(says, "Data 1. Type the first line") {
		t.Errorf("at first it says %q", says)
	}
	if says := keys(t, h, serial("k400"), "12").One(t, "#says").Text(); says != "Data 1, typed: 1 2" {
		t.Errorf("while typing it says %q", says)
	}
	if says := keys(t, h, serial("k400"), "345678E").One(t, "#says").Text(); !strings.HasPrefix(says, "Data 2. Type the next line") {
		t.Errorf("then it says %q", says)
	}
	page = keys(t, h, serial("k400"), "990E978EE")
	if got, want := page.One(t, "#code").Attr["data-value"], answer(t, signSuite, payment, 0); got != want {
		t.Errorf("the code is %q, want %q", got, want)
	}
	if got := page.One(t, "#inside").Text(); !strings.Contains(got, "Next event (signatures) 1") {
		t.Errorf("inside: %q", got)
	}
	page = keys(t, h, serial("k400"), "S"+strings.Repeat("1", 62))
	if says := page.One(t, "#says").Text(); !strings.HasPrefix(says, "That is too long") {
		t.Errorf("too long: %q", says)
	}
}

// F-4.4 from the token's side.
func TestAPersonUnlocksAToken(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	keys(t, h, serial("k200"), "L2580E2580EC")
	page := keys(t, h, serial("k200"), "L1111E1111E1111E1111E1111E")
	if badge := page.One(t, "#badge").Text(); badge != "Locked" || !strings.Contains(page.One(t, "#lcd").Text(), "LOCK") {
		t.Errorf("locked it shows %q", badge)
	}
	page = keys(t, h, serial("k200"), "E")
	challenge := page.One(t, "#challenge").Attr["data-value"]
	if heard := page.One(t, "[role=status]").Text(); !strings.Contains(heard, strings.Join(strings.Split(challenge, ""), " ")) {
		t.Errorf("a screen reader hears %q", heard)
	}
	page = keys(t, h, serial("k200"), "12345678E")
	if says := page.One(t, "#says").Text(); says != "That is not the unlock code. 2 tries left with this number." {
		t.Errorf("a wrong code: %q", says)
	}
	page = keys(t, h, serial("k200"), answer(t, unlockSuite, challenge, 0)+"E")
	if says := page.One(t, "#says").Text(); !strings.HasPrefix(says, "Choose a PIN") {
		t.Errorf("the right code: %q", says)
	}
	page = keys(t, h, serial("k200"), "1973E1973E")
	if says := page.One(t, "#says").Text(); !strings.HasPrefix(says, "Unlocked, with your new PIN") || page.One(t, "#badge").Text() != "Ready" {
		t.Errorf("unlocked it says %q", says)
	}
	if got := keys(t, h, serial("k200"), "L").One(t, "#code").Attr["data-value"]; got != "287082" {
		t.Errorf("the next code is %q", got)
	}
}

// F-4.5.2 from the token's side: what is read off for a manual resynchronization.
func TestAPersonReadsCounterAndClock(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	keys(t, h, serial("b100"), "BBB")
	if got := keys(t, h, serial("b100"), "I").One(t, "#counter").Attr["data-value"]; got != "3" {
		t.Errorf("the counter reads %q", got)
	}
	clock := func(id, press string) time.Time {
		t.Helper()
		v, err := time.Parse(time.RFC3339, keys(t, h, serial(id), press).One(t, "#clock").Attr["data-value"])
		if err != nil {
			t.Error(err)
		}
		return v
	}
	if got := clock("b110", "I"); !got.Equal(noon) {
		t.Errorf("the clock reads %v", got)
	}
	if status, _ := send(t, h, http.MethodPost, "/tokens/CS-b110/tools", url.Values{"tool": {"shift"}, "by": {"-31536000"}}); status != http.StatusOK {
		t.Errorf("a year back: %d", status)
	}
	if got := clock("b110", "I"); !got.Equal(noon.AddDate(-1, 0, 0)) {
		t.Errorf("a year back the clock reads %v", got)
	}
}

func TestTheClockCanBeMovedByAnySpan(t *testing.T) {
	t.Parallel()
	now := at(noon)
	s := shelf(t, &lab.Memory{}, now)
	h := handler(t, s, now)
	move := func(form url.Values) (int, time.Duration) {
		t.Helper()
		status, _ := send(t, h, http.MethodPost, "/tokens/CS-k400/tools", form)
		var ahead time.Duration
		if err := s.Look("CS-k400", func(tok *hardtoken.Token, _ string) { ahead = tok.Clock().Sub(noon) }); err != nil {
			t.Fatal(err)
		}
		return status, ahead
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		by, many, unit string
		want           time.Duration
	}{
		{"1", "90", "second", 90 * time.Second},
		{"-1", "1", "minute", 30 * time.Second},
		{"1", "2", "hour", 2*time.Hour + 30*time.Second},
		{"-1", "3", "day", 2*time.Hour + 30*time.Second - 3*day},
		{"1", "1", "year", 2*time.Hour + 30*time.Second + 362*day},
	} {
		if status, ahead := move(url.Values{"tool": {"shift"}, "by": {c.by}, "many": {c.many}, "unit": {c.unit}}); status != 200 || ahead != c.want {
			t.Errorf("%+v: status %d, %v ahead", c, status, ahead)
		}
	}
	if status, ahead := move(url.Values{"tool": {"exact"}, "by": {"0"}}); status != 200 || ahead != 0 {
		t.Errorf("set right: status %d, %v ahead", status, ahead)
	}
	for _, bad := range []url.Values{
		{"by": {"1"}, "many": {"101"}, "unit": {"year"}},
		{"by": {"1"}, "many": {"-1"}, "unit": {"day"}},
		{"by": {"1"}, "many": {"1"}, "unit": {"moon"}},
		{"by": {"1"}, "many": {"x"}, "unit": {"day"}},
		{"by": {"2"}, "many": {"1"}, "unit": {"day"}},
		{"by": {"1"}, "many": {"9223372036854775807"}, "unit": {"year"}},
	} {
		bad.Set("tool", "shift")
		if status, ahead := move(bad); status != 400 || ahead != 0 {
			t.Errorf("%v: status %d, %v ahead", bad, status, ahead)
		}
	}
	move(url.Values{"tool": {"shift"}, "by": {"1"}, "many": {"100"}, "unit": {"year"}})
	if status, ahead := move(url.Values{"tool": {"shift"}, "by": {"1"}}); status != 400 || ahead != 36500*day {
		t.Errorf("beyond a century: status %d, %v ahead", status, ahead)
	}
}

func TestTheGuideTellsWhatAModelCanDo(t *testing.T) {
	t.Parallel()
	now := at(noon)
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	for id, want := range map[string]string{
		"b100": "Out of step?", "k200": "Unlock it, Out of step?", "k310": "Sign a payment, Out of step?", "k400": "Sign a payment, Unlock it, Out of step?",
	} {
		_, page := send(t, h, http.MethodGet, "/tokens/"+serial(id), nil)
		var got []string
		for _, s := range page.One(t, ".howtos").All("summary") {
			for title := range strings.SplitSeq(want, ", ") {
				if strings.HasPrefix(s.Text(), title) {
					got = append(got, title)
				}
			}
		}
		if all := page.One(t, ".howtos").All("summary"); strings.Join(got, ", ") != want || len(all) != len(got) {
			t.Errorf("%s tells %v", id, got)
		}
	}
	for _, li := range func() []*webtest.Node {
		_, page := send(t, h, http.MethodGet, "/tokens/CS-k400", nil)
		return page.One(t, ".howtos").All("li")
	}() {
		if strings.ContainsAny(li.Text(), "{}⟦") {
			t.Errorf("a step reads %q", li.Text())
		}
	}
}

func TestABatteryThatEndsSoon(t *testing.T) {
	t.Parallel()
	now := at(noon.AddDate(4, 0, -30))
	h := handler(t, shelf(t, &lab.Memory{}, now), now)
	page := keys(t, h, serial("b100"), "B")
	if got := page.One(t, "#badge").Text(); got != "Battery ends soon" || !strings.Contains(page.One(t, "#lcd").Text(), "BATT") {
		t.Errorf("it shows %q", got)
	}
}
