package console_test

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestForecast gives tokens out over some months and reads the plot and the table
// that stands for it.
func TestForecast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var serials []string
	for i := range 20 {
		serials = append(serials, fmt.Sprintf("T%02d", i))
	}
	w.tokens(serials...)
	p := w.join("sofia", staff.SecurityOfficer)
	given := 0
	for month := range 4 {
		for range month + 1 {
			w.register(w.customer(fmt.Sprintf("100%02d", given), "Ada"), serials[given])
			given++
		}
		now := w.clock.Now()
		w.clock.Advance(time.Date(now.Year(), now.Month()+1, 15, 0, 0, 0, 0, time.UTC).Sub(now))
	}
	page := p.login().open("/tokens/forecast")
	row := page.One(t, "tbody").One(t, "tr").Text()
	// The last three whole months had 2, 3 and 4.
	if !strings.Contains(row, "3.0") || !strings.Contains(row, "10") {
		t.Errorf("the row says %q", row)
	}
	plots := page.All("figure.plot")
	if len(plots) != 2 {
		t.Fatalf("%d plots", len(plots))
	}
	svg := plots[0].One(t, "svg")
	if svg.Attr["role"] != "img" || !strings.Contains(svg.One(t, "title").Text(), "given out in each month") || !strings.Contains(svg.One(t, "desc").Text(), "10 in twelve months") {
		t.Error("the plot has no words for who does not see it")
	}
	heights(t, svg, []float64{1, 2, 3, 4, 0})
	var table []string
	for _, tr := range page.One(t, "section.card").One(t, "tbody").All("tr") {
		table = append(table, tr.One(t, "td").Text())
	}
	if got := strings.Join(table, " "); got != "0 0 0 0 0 0 0 1 2 3 4 0" {
		t.Errorf("the table says %s", got)
	}
	if got := plots[1].One(t, "polyline").Attr["points"]; len(strings.Fields(got)) != 2 {
		t.Errorf("the line ahead is %q", got)
	}
}

// heights compares the last columns of a plot, by their proportion.
func heights(t *testing.T, svg *webtest.Node, want []float64) {
	t.Helper()
	columns := svg.All("rect.column")
	if len(columns) != 12 {
		t.Fatalf("%d columns", len(columns))
	}
	columns = columns[len(columns)-len(want):]
	unit := 0.0
	for i, n := range want {
		h, err := strconv.ParseFloat(columns[i].Attr["height"], 64)
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			unit = h
		}
		if math.Abs(h-n*unit) > 0.3 {
			t.Errorf("column %d is %v high, one of 1 is %v", i, h, unit)
		}
	}
}

// TestForecastOfNothing draws what has no tokens and no past.
func TestForecastOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	if got := p.open("/tokens/forecast").One(t, "main").Text(); !strings.Contains(got, "Import a file first") {
		t.Errorf("without tokens: %q", got)
	}
	w.tokens("A1")
	w.clock.Advance(2 * time.Minute)
	if got := p.open("/tokens/forecast"); len(got.All("figure.plot")) != 1 || !strings.Contains(got.One(t, "tbody").Text(), "More than ten years") {
		t.Error("a stock that nobody takes from")
	}
}

// TestEnding lists tokens that end, as a page and as a file.
func TestEnding(t *testing.T) {
	t.Parallel()
	w := boxed(t)
	p := w.join("maja", staff.HelpDesk).login()
	ends := w.clock.Now().AddDate(0, 0, 40)
	job := p.listed("AA1\nBB1", "act", "extend", "ends_at", ends.Format(time.DateOnly))
	if a := p.post(job+"/run", nil); a.to != job {
		t.Fatalf("extend: %d\n%s", a.code, a.body)
	}
	w.work.Wait()
	serials := func(path string) string {
		var all []string
		for _, a := range p.open(path).All("a.mono") {
			all = append(all, a.Text())
		}
		return strings.Join(all, " ")
	}
	for path, want := range map[string]string{
		"/tokens/ending": "AA1", "/tokens/ending?days=40": "AA1", "/tokens/ending?days=39": "", "/tokens/ending?where=stock": "BB1", "/tokens/ending?days=1&where=stock": "",
	} {
		if got := serials(path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	file := p.get("/tokens/ending.csv?days=60")
	lines := strings.Split(strings.TrimSpace(file.body), "\n")
	if file.code != http.StatusOK || len(lines) != 2 || !strings.HasPrefix(lines[1], "AA1,") || !strings.Contains(lines[1], "10027") {
		t.Errorf("the file: %q", file.body)
	}
	if got := file.head.Get("Content-Disposition"); got != `attachment; filename="tokens-ending-in-60-days.csv"` {
		t.Errorf("its name: %s", got)
	}
	for _, days := range []string{"0", "-1", "x", "99999", "3651"} {
		if a := p.get("/tokens/ending?days=" + days); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-days-error") {
			t.Errorf("%s days: %d", days, a.code)
		}
		if a := p.get("/tokens/ending.csv?days=" + days); a.code != http.StatusBadRequest {
			t.Errorf("a file of %s days: %d", days, a.code)
		}
	}
}
