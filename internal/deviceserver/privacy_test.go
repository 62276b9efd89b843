package deviceserver_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// TestOnlyHubsLearnWhomToLookFor: a list of whom to look for resolves the addresses of all that its owner carries, so a device that is not to look around gets none.
func TestOnlyHubsLearnWhomToLookFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := w.customer("1")
		p := w.phone(who)
		watch := w.watch(p)
		if plan, err := watch.Poll(t.Context()); err != nil || len(plan.Ask) != 1 {
			t.Fatalf("%+v, %v", plan, err)
		}
		secondary := []companion.Role{companion.Secondary}
		if err := w.desk.Change(t.Context(), system, companion.On{Order: companion.Order{Customer: who}, Companion: w.devices(who)[1].ID}, companion.Change{Roles: &secondary}); err != nil {
			t.Fatal(err)
		}
		plan, err := watch.Poll(t.Context())
		if err != nil || len(plan.Watch) != 0 || len(plan.Ask) != 0 {
			t.Errorf("a watch that its owner lets be met only is told of %d devices, and asks %d, %v", len(plan.Watch), len(plan.Ask), err)
		}
		if plan, err := p.Poll(t.Context()); err != nil || len(plan.Watch) != 1 {
			t.Errorf("the phone: %+v, %v", plan, err)
		}
	})
}

// TestWhoDeclinesIsNotSeen: when the bank may not learn of a customer, it does not keep when each of their devices was seen.
func TestWhoDeclinesIsNotSeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := w.customer("1")
		p := w.phone(who)
		watch := w.watch(p)
		desk := w.config.Interactions.(*interaction.Desk)
		look := func() time.Time {
			t.Helper()
			if _, err := p.Report(t.Context(), report.Batch{Live: true, Events: []report.Event{{Kind: report.Poll, Seen: []int{watch.Memory.Number}}}}); err != nil {
				t.Fatal(err)
			}
			return w.devices(who)[1].Seen
		}
		if err := desk.Choose(t.Context(), audit.Customer(who), who, nil, interaction.Choice{}); err != nil {
			t.Fatal(err)
		}
		if at := look(); !at.IsZero() {
			t.Errorf("it is kept that the watch was seen at %s", at)
		}
		if err := desk.Choose(t.Context(), system, who, nil, interaction.Choice{Learn: true}); err != nil {
			t.Fatal(err)
		}
		if at := look(); at.IsZero() {
			t.Error("who lets the bank learn sees when a device was seen")
		}
	})
}
