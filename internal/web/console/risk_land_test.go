package console_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
)

// TestMapHasCoasts: the map of a customer shows the land there, drawn from what ships
// with the program.
func TestMapHasCoasts(t *testing.T) {
	t.Parallel()
	w, c, _, _ := robbed(t)
	page := w.join("frida", staff.FraudAnalyst).login().open(customerPath(c) + "/risk")
	land := page.All("path.land")
	if len(land) != 1 || strings.Count(land[0].Attr["d"], "M") < 20 || strings.Contains(land[0].Attr["d"], "NaN") {
		t.Errorf("%d paths of land", len(land))
	}
	for _, n := range page.All("[src]") {
		if strings.Contains(n.Attr["src"], "//") {
			t.Errorf("the page asks %s", n.Attr["src"])
		}
	}
}

// TestCoasts: what ships is read, only what reaches into a part of the world is drawn,
// and what is no coast is named with its line.
func TestCoasts(t *testing.T) {
	t.Parallel()
	if n, path, err := console.LandIn(console.LandText, -1800, -900, 3600, 1800); err != nil || n < 100 || strings.Count(path, "Z") < n || strings.Count(path, "Z") != strings.Count(path, "M") {
		t.Errorf("%d coasts, %v", n, err)
	}
	const two = "# comment\n0,0 100,0 100,100\n-1000,500 -900,500 -900,600\n"
	for _, x := range []struct {
		west, top float64
		want      string
	}{
		{50, -80, "M0 0L100 0L100 -100Z"}, {-950, -550, "M-1000 -500L-900 -500L-900 -600Z"}, {500, 500, ""}, {101, -50, ""}, {50, 1, ""},
	} {
		if _, got, err := console.LandIn(two, x.west, x.top, 100, 100); err != nil || got != x.want {
			t.Errorf("%g %g: %q, %v", x.west, x.top, got, err)
		}
	}
	for ring, want := range map[string]string{
		"1700,100 -1700,100 -1700,0 1700,0":              "M-1700 -100L-1700 0ZM1700 0L1700 -100Z",
		"-1790,-160 -1800,-166 1794,-168 1790,-160":      "M1794 168L1790 160ZM-1790 160L-1800 166Z",
		"-1700,-800 0,-700 1700,-800":                    "M-1800 900L-1700 800L0 700L1700 800L1800 900Z",
		"1000,0 1800,0 -1800,0 -1800,10 1800,10 1000,10": "M-1800 0L-1800 -10ZM1800 -10L1000 -10L1000 0L1800 0Z",
	} {
		if _, got, err := console.LandIn(ring, -1800, -900, 3600, 1800); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", ring, got, err, want)
		}
	}
	for _, bad := range []string{"x", "1,x", "1801,0", "0,-901", "0"} {
		if _, _, err := console.LandIn("# one\n"+bad, 0, 0, 1, 1); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
