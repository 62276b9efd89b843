package registration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
)

// TestReregistrationNeedsAnIdentification: whoever may issue activation codes and
// takes a token from stock could be any customer. The first code needs nothing; one for
// somebody who has registered needs an identification of one's own, of that customer,
// that is not over. (Invariant 5.)
func TestReregistrationNeedsAnIdentification(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann, ben := audit.Staff(ident.Derive("ann"), "ann"), audit.Staff(ident.Derive("ben"), "ben")
		c, other := w.customer("10023"), w.customer("10024")
		w.stock("A1", "A2")
		issue := func(who audit.Actor, want string) {
			t.Helper()
			_, err := w.desk.Issue(t.Context(), who, c.ID, registration.Issue{Policy: "secure-code"})
			if want == "" && err != nil || want != "" && !fault.Is(err, want) {
				t.Errorf("%v; want %q", err, want)
			}
		}
		issue(ann, "")
		issue(ann, "") // the first one was lost in the post
		w.confirm(w.serial(w.begin(c.Number, w.code(c).Value), "A1"), hotp("A1", 0), "")
		for x, want := range map[ident.ID]bool{c.ID: true, other.ID: false} {
			if got, err := w.desk.Registered(t.Context(), x); got != want || err != nil {
				t.Errorf("registered before: %t, %v; want %t", got, err, want)
			}
		}
		issue(ann, "identification.required")
		w.identify(other, ann)
		issue(ann, "identification.required")
		w.identify(c, ben)
		issue(ann, "identification.required")
		w.clock.Advance(time.Second)
		id := w.identify(c, ann).ID.String()
		issue(ann, "")
		if got := w.lastIssue(); !strings.Contains(got, id) {
			t.Errorf("the audit record does not name the identification: %s", got)
		}
		w.clock.Advance(policy.Version0().Identification.Valid + time.Second)
		issue(ann, "identification.required")
	})
}

// lastIssue returns the details of the newest audit record of a code.
func (w *world) lastIssue() (s string) {
	w.t.Helper()
	var details []byte
	err := w.d.Read(w.t.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT details FROM journal WHERE kind = $1 ORDER BY at DESC, seq DESC LIMIT 1", registration.AuditIssued).Scan(&details)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(details)
}
