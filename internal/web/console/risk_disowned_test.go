package console_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
)

// TestDisowned: an event of which its customer says that it was not them waits for analysts,
// though the engine had allowed it, and its page says so.
func TestDisowned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	w.habits(c, 12)
	_, pay := w.thief(c)
	f := w.join("frida", staff.FraudAnalyst).login()
	if page := f.open("/risk?decision=not_me"); rows(page) != 0 {
		t.Error("it was nobody who said so")
	}
	for range 2 {
		if err := w.cfg.Risk.Disown(t.Context(), bankApp, c.ID, pay.ID); err != nil {
			t.Fatal(err)
		}
	}
	page := f.open("/risk?decision=not_me")
	if rows(page) != 1 || !page.Has("a[href="+riskPath(c, pay)+"]") || !strings.Contains(page.Text(), "Customers say: it was not me") {
		t.Errorf("the queue: %s", page.One(t, "main").Text())
	}
	if text := f.open(riskPath(c, pay)).One(t, "main").Text(); !strings.Contains(text, "The customer says: it was not me") {
		t.Errorf("the event: %s", text)
	}
}
