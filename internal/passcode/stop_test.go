package passcode_test

import (
	"strconv"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
)

// TestStop: staff refuse a number that waits, with a reason and without an
// identification; the phone that is active stays.
func TestStop(t *testing.T) {
	each(t, func(w *world) {
		for i, state := range []string{"active, pending", "active, held", "active, staff"} {
			c := w.bare(strconv.Itoa(i+1), "+47912"+strconv.Itoa(10001+i))
			w.states()[state](c.ID)
			all, err := w.p.Phones(w.Context(), c.ID)
			if err != nil {
				w.Fatal(err)
			}
			next := all[0].ID
			stop := func(by audit.Actor, why string, phone ident.ID) error {
				_, err := w.p.Stop(w.Context(), by, passcode.Act{Customer: c.ID, Reason: why}, phone)
				return err
			}
			wantFault(w, state+" without a reason", stop(ann, "", next), "passcode.reason")
			wantFault(w, state+" by the customer", stop(audit.Customer(c.ID), "why", next), "passcode.actor")
			wantFault(w, state+", another phone", stop(ann, "why", ident.Derive("nothing")), "passcode.phone")
			wantFault(w, state+", the active one", stop(ann, "why", all[1].ID), "passcode.not_pending")
			was := w.records(passcode.AuditRefused)
			wantFault(w, state, stop(ann, "nobody at this number", next), "")
			if got := w.stateOf(c.ID); got != "active" || w.records(passcode.AuditRefused) != was+1 {
				w.Errorf("%s: then %q", state, got)
			}
			wantFault(w, state+" twice", stop(ann, "why", next), "passcode.not_pending")
		}
	})
}
