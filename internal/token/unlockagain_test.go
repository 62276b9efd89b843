package token_test

import (
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestUnlockIsAllowedAgain: what the limit blocked, for good too, is opened by two
// people: one identified the customer just now, another one decides.
func TestUnlockIsAllowedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Unlock.Requests.Max, w.set.Unlock.Requests.MaxBlocks = 1, 1
		book, err := policy.Open(t.Context(), w.d, nil)
		if err != nil {
			t.Fatal(err)
		}
		desk := &identification.Desk{DB: w.d, Policies: book, Rand: rand.Reader}
		reg := &customer.Register{DB: w.d, Ring: keyringtest.Open(t, w.d), Rand: rand.Reader}
		maja, sofia := audit.Staff(ident.Derive("maja"), "maja"), audit.Staff(ident.Derive("sofia"), "sofia")
		bank := audit.Client(ident.Derive("bank"), "bank")
		c, err := reg.Create(t.Context(), by(), customer.New{Number: "1"})
		if err != nil {
			t.Fatal(err)
		}
		identified := func(who audit.Actor, right bool) {
			t.Helper()
			a := identification.Attempt{Customer: c.ID, Way: identification.Call}
			for _, q := range book.Active().Identification.Questions {
				a.Answers = append(a.Answers, identification.Answer{Question: q.Code, Right: right})
			}
			if _, err := desk.Record(t.Context(), who, a); err != nil {
				t.Fatal(err)
			}
		}
		w.lockable("UA", nil)
		w.sql("UPDATE device SET customer = $1 WHERE serial = 'UA'", c.ID)
		allow := func(who audit.Actor, reason, want string) {
			t.Helper()
			if err := w.upkeep().AllowUnlock(t.Context(), who, w.target("UA"), reason); want == "" && err != nil || want != "" && !fault.Is(err, want) {
				t.Errorf("%s, %q: %v, want %q", who.Name, reason, err, want)
			}
		}
		identified(maja, true)
		allow(sofia, "called", "token.unlock_open")
		if _, err := w.unlock("UA", locked(1)); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(1000 * time.Hour)
		if l, err := w.upkeep().UnlockLimit(t.Context(), w.target("UA").Device); err != nil || !l.Blocked || !l.Until.IsZero() {
			t.Fatalf("the limit: %+v, %v", l, err)
		}
		allow(sofia, "called", "identification.colleague") // Maja's is over
		identified(sofia, true)
		allow(sofia, "called", "identification.colleague") // her own takes no second person
		identified(bank, true)
		allow(sofia, "called", "identification.colleague")
		identified(maja, false)
		allow(sofia, "called", "identification.colleague")
		identified(maja, true)
		allow(sofia, " ", "token.reason")
		allow(bank, "called", "token.help_desk")
		allow(audit.Customer(c.ID), "called", "token.help_desk")
		allow(by(), "called", "token.help_desk")

		var done atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch err := w.upkeep().AllowUnlock(t.Context(), sofia, w.target("UA"), "called"); {
				case err == nil:
					done.Add(1)
				case !fault.Is(err, "token.unlock_open"):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := done.Load(); n != 1 {
			t.Errorf("of eight at once %d did it", n)
		}
		if d := w.details(token.AuditUnlockAllowed); !strings.Contains(d, `"identified_by":"`+maja.String()+`"`) || !strings.Contains(d, `"for_good":true`) {
			t.Errorf("the record: %s", d)
		}
		if _, err := w.unlock("UA", locked(1)); !fault.Is(err, "token.unlock_used") {
			t.Errorf("the challenge that had its code: %v", err)
		}
	})
}
