package self_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/web/self"
)

// reach is a desk of pushes.
type reach map[ident.ID]push.Health

func (reach) On() bool { return true }

func (r reach) Health(context.Context, ident.ID) (map[ident.ID]push.Health, error) { return r, nil }

// S-10: whether notifications reach a phone is said, and what to do without them (S-12).
func TestPushHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	h := w.hands(w.customer("1"), "Phone")
	health := reach{}
	w.cfg.Pushes = health
	var err error
	w.http, err = self.New(w.cfg)
	w.must(err)
	b := w.by("1", h)
	b.get(h.at()).shows(http.StatusOK, "Phone").says("They do not reach this phone").says("the app finds what waits when you open it")
	health[h.token.ID] = push.Health{State: push.Reached}
	b.get(h.at()).says("They reach this phone")
	health[h.token.ID] = push.Health{State: push.Failing}
	b.get(h.at()).says("They do not reach this phone")
}

// knows is a risk engine that has seen one customer in one place.
type knows struct{ customer ident.ID }

func (k knows) Find(_ context.Context, customer, id ident.ID) (e risk.Event, err error) {
	if customer == k.customer && !id.IsZero() {
		e.Facts.City = "Graz"
	}
	return e, nil
}

// S-01: the list says roughly where a token was used last, as the risk engine knows it, and
// nothing for what it never saw.
func TestLastPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mobiling(plain)
	c := w.customer("1")
	h, other := w.hands(c, "Phone"), w.hands(c, "Other phone")
	w.cfg.Places = knows{c.ID}
	var err error
	w.http, err = self.New(w.cfg)
	w.must(err)
	used := func(h handset, event ident.ID) {
		w.must(w.db.Write(w.Context(), func(tx *db.Tx) error {
			audit.Record(tx, audit.Event{Kind: "authentication.granted", By: cli(), Customer: c.ID, Object: "authentication:x", Details: map[string]any{"device": w.item(h).Device.String(), "risk_event": event.String()}})
			return nil
		}))
	}
	used(h, ident.Derive("event"))
	used(other, ident.ID{})
	b := w.by("1", other)
	b.get("/tokens").says("near Graz")
	b.get(h.at()).says("near Graz")
	if a := b.get(other.at()); strings.Contains(a.body, "Graz") {
		t.Error("a place of another token")
	}
}
