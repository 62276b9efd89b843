package outbox_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// TestDiscard: only a dead message is given up, with a reason, once, and nothing of it
// stays but the record.
func TestDiscard(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		r := &receiver{answer: func(outbox.Message) error { return outbox.Permanent(errLater) }}
		m := message(1)
		put(t, d, o, m)
		discard := func(why, code string) {
			t.Helper()
			if err := o.Discard(t.Context(), audit.System("test"), m.ID, why); (code == "") != (err == nil) || code != "" && !fault.Is(err, code) {
				t.Errorf("%q: %v, want %q", why, err, code)
			}
		}
		discard("it waits", "outbox.not_dead")
		deliver(t, o, r, 1)
		for _, why := range []string{"", " ", "\x00", strings.Repeat("x", 201)} {
			discard(why, "outbox.reason")
		}
		if got, err := o.Get(t.Context(), m.ID); err != nil || got.State != outbox.Dead || got.Kind != m.Kind || got.Payload != nil {
			t.Errorf("before: %+v, %v", got, err)
		}
		discard("the number is no more", "")
		discard("twice", "outbox.unknown")
		if _, err := o.Get(t.Context(), m.ID); !fault.Is(err, "outbox.unknown") {
			t.Errorf("afterwards: %v", err)
		}
		if err := o.Retry(t.Context(), audit.System("test"), m.ID); !fault.Is(err, "outbox.unknown") {
			t.Errorf("retried: %v", err)
		}
		if b, err := o.Backlog(t.Context()); err != nil || b.Dead != 0 || records(t, d, outbox.AuditDiscarded) != 1 {
			t.Errorf("%+v, %v", b, err)
		}
		if err := o.Discard(t.Context(), audit.System("test"), ident.Derive("nothing"), "why"); !fault.Is(err, "outbox.unknown") {
			t.Errorf("of nothing: %v", err)
		}
	})
}
