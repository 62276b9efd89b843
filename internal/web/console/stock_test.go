package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
)

// TestStockFigures shows how old the figures may be.
func TestStockFigures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens("A1")
	p := w.join("maja", staff.HelpDesk).login()
	all := func() string { return p.open("/").One(t, ".tile-n").Text() }
	if got := all(); got != "1" {
		t.Fatalf("at first: %s", got)
	}
	w.tokens("A2")
	for _, step := range []struct {
		after time.Duration
		want  string
		why   string
	}{
		{time.Second, "1", "fresh figures"},
		{30 * time.Second, "1", "figures while they are counted anew"},
		{time.Second, "2", "the figures that were counted"},
	} {
		w.clock.Advance(step.after)
		if got := all(); got != step.want {
			t.Errorf("%s: %s", step.why, got)
		}
		w.work.Wait()
	}
	w.tokens("A3")
	w.clock.Advance(6 * time.Minute)
	if got := all(); got != "3" {
		t.Errorf("figures that are too old: %s", got)
	}
}

func TestStockList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada")
	var serials []string
	for i := range 60 {
		serials = append(serials, "T"+string(rune('A'+i/26))+string(rune('A'+i%26)))
	}
	w.tokens(serials...)
	w.register(c, "TAB")
	p := w.join("maja", staff.HelpDesk).login()
	list := func(path string) (found []string) {
		for path != "" {
			page := p.open(path)
			path = ""
			for _, a := range page.All("a.mono") {
				found = append(found, a.Text())
			}
			for _, a := range page.All("a[rel=next]") {
				path = a.Attr["href"]
			}
		}
		return found
	}
	if got := list("/tokens"); strings.Join(got, " ") != strings.Join(serials, " ") {
		t.Errorf("all: %v", got)
	}
	if got := list("/tokens?status=active"); len(got) != 1 || got[0] != "TAB" {
		t.Errorf("in use: %v", got)
	}
	if got := list("/tokens?status=stock&model=other"); len(got) != 59 {
		t.Errorf("in stock: %d", len(got))
	}
	for _, path := range []string{"/tokens?status=nonsense", "/tokens?model=nonsense"} {
		if got := list(path); len(got) != 0 {
			t.Errorf("%s: %v", path, got)
		}
	}
}
