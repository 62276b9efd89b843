package interaction_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// TestTheExportHasPatternAndDecisions: what a customer gets under article 15 has the pattern as tables, the
// reports that are still kept, decisions with their terms, journeys with their place and choices, in clear; and
// nothing of another customer, nor the packed pattern.
func TestTheExportHasPatternAndDecisions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), true, w.ap, w.watch)
		decision := w.ask(1000)
		trip := interaction.Notice{Customer: w.who, From: w.now(), Until: w.now().Add(72 * time.Hour), Place: rome(), Radius: 50}
		w.ok(second(w.desk.Announce(t.Context(), system, nil, trip)))
		w.ok(w.desk.Choose(t.Context(), system, w.who, nil, interaction.Choice{Learn: true, Activity: true}))

		x, err := w.desk.Export(t.Context(), w.who)
		w.ok(err)
		if len(x.Patterns) != 1 || x.Patterns[0].Companion != w.phone.ID || x.Patterns[0].Days < 6 || x.Patterns[0].From == "" || len(x.Patterns[0].Workdays) != 24 || len(x.Patterns[0].Weekend) != 24 {
			t.Fatalf("%+v", x)
		}
		noon := x.Patterns[0].Workdays[12]
		if noon.Hour != 12 || noon.Looked == 0 || len(noon.Devices) != 2 || noon.Devices[0].Days == 0 || len(noon.Places) != 1 || noon.Places[0] != house().ToToken() {
			t.Errorf("noon: %+v", noon)
		}
		rows := func(who ident.ID) (report held.Report) {
			w.ok(w.d.Read(t.Context(), func(tx *db.Tx) (err error) {
				report, err = held.Read(tx, w.ring, interaction.Personal(), who)
				return err
			}))
			return report
		}
		mine := rows(w.who)
		b, err := json.Marshal(mine["interaction_decision"])
		w.ok(err)
		for _, want := range []string{decision.Details.Terms[0].Code, `"outcome":"` + string(decision.Outcome) + `"`, "presence.home"} {
			if !strings.Contains(string(b), want) {
				t.Errorf("the decision has no %s: %s", want, b)
			}
		}
		if got := mine["interaction_notice"]; len(got) != 1 || got[0]["place"] != rome().ToToken() {
			t.Errorf("the journey: %v", got)
		}
		if got := mine["interaction_choice"]; len(got) != 1 {
			t.Errorf("the choice: %v", got)
		}
		b, err = json.Marshal(mine["interaction_batch"])
		w.ok(err)
		if !strings.Contains(string(b), house().ToToken()) {
			t.Errorf("the reports: %.300s", b)
		}
		if got := mine["interaction_pattern"]; len(got) != 1 || got[0]["learned"] != nil || got[0]["recent"] != nil {
			t.Errorf("the packed pattern: %v", got)
		}
		other := w.customer("2")
		if y, err := w.desk.Export(t.Context(), other); err != nil || len(y.Patterns) != 0 || len(rows(other)) != 0 {
			t.Errorf("somebody else: %+v %v", y, err)
		}
	})
}
