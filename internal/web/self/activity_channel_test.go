package self_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
)

// TestActivityTellsOfClosedChannels: in the customer's words, without the words that were
// meant for staff.
func TestActivityTellsOfClosedChannels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "SERIAL-0001")
	bank := audit.Client(ident.Derive("bank"), "bank")
	desk := &risk.Desk{DB: w.customers.DB, Ring: w.customers.Ring, Rand: rand.Reader}
	if _, made, err := desk.Close(t.Context(), bank, risk.Closing{Customer: c.ID, Channel: "branch", Until: w.clock.Now().Add(time.Hour), Reason: "a reason for staff"}); err != nil || !made {
		t.Fatal(made, err)
	}
	got := w.login("1", code(t, "SERIAL-0001", 0)).get("/activity").shows(http.StatusOK, "Activity").page.One(t, ".timeline").Text()
	if !strings.Contains(got, "was blocked for your safety") || strings.Contains(got, "for staff") {
		t.Errorf("the activity: %s", got)
	}
}
