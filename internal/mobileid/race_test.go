package mobileid_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestOneEnd: of an answer, a refusal, a loss, a withdrawal and a suspension at the same moment one
// ends a request, and the log has one end of it.
func TestOneEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		for range 10 {
			w.clock.Advance(soonOver)
			asked := w.ask(phoneA, "Hello")
			l := s.next(applet.Sign)
			signature := s.hash(l.Role, l.Signed())
			together(
				func() { s.answer(l, applet.Answer{Signature: signature}) },
				func() { s.answer(l, applet.Answer{Result: applet.Cancelled}) },
				func() { w.lose(l, mobileid.LostAbsent) },
				func() { s.acknowledge(l) },
				func() { _, _ = w.desk.Cancel(w.Context(), system, ap.Code, asked.Handle) },
			)
			w.deliver()
			got := w.get(asked)
			if got.Status.Open() || got.Status == mobileid.Invalid {
				t.Errorf("%s (%s)", got.Status, got.Reason)
			}
			if n := w.count("journal WHERE kind IN ('mobile_id_request.ended', 'mobile_id_request.signed') AND object = $1", "mobile_id_request:"+asked.ID.String()); n != 1 {
				t.Errorf("%d ends of one request", n)
			}
		}
	})
}

// TestTakenOnce: a signature grants one authentication, whoever submits it at once.
func TestTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		o := w.start("1")
		w.challenge(o, "")
		s.approve()
		w.deliver()
		var all []func()
		for range 8 {
			all = append(all, func() {
				_, _ = w.step(o, "sim")
			})
		}
		together(all...)
		if n := w.count("journal WHERE kind = 'authentication.granted'"); n != 1 {
			t.Errorf("granted %d times", n)
		}
	})
}

// TestPlans looks at SQLite's plans: what is asked for each request, and each minute, costs the same
// however many persons and signatures there are.
func TestPlans(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.d.Dialect() != db.SQLite {
			t.Skip("the plans of SQLite are looked at")
		}
		for sql, index := range map[string]string{
			"SELECT 1 FROM mobile_id WHERE number = $1 AND state NOT IN ('revoked', 'refused', 'failed')":                                                           "mobile_id_number",
			"SELECT 1 FROM mobile_id WHERE card = $1 AND state NOT IN ('revoked', 'refused', 'failed')":                                                             "mobile_id_card",
			"SELECT 1 FROM mobile_id_request WHERE number = $1 AND status IN ('asked', 'delivered', 'signed') AND kind IN ('sign', 'generate', 'renew', 'unblock')": "mobile_id_request_open",
			"SELECT 1 FROM mobile_id_request WHERE message = $1":                                                                                                    "mobile_id_request_message",
			"SELECT 1 FROM mobile_id_request WHERE status IN ('asked', 'delivered') AND expires_at <= $1 ORDER BY expires_at LIMIT 9":                               "mobile_id_request_due",
			"SELECT 1 FROM mobile_id_request WHERE ended_at < $1 AND status <> 'valid' ORDER BY ended_at LIMIT 9":                                                   "mobile_id_request_ended",
			"SELECT 1 FROM mobile_id_request WHERE ended_at < $1 AND status = 'valid' ORDER BY ended_at LIMIT 9":                                                    "mobile_id_request_valid",
			"SELECT 1 FROM mobile_person WHERE serial = $1":                                                                                                         "mobile_person_serial",
		} {
			var plan []string
			w.check(w.d.Read(t.Context(), func(tx *db.Tx) error {
				plan = nil
				return tx.Each("EXPLAIN QUERY PLAN "+sql, []any{[]byte{1}}, func(r db.Row) error {
					var id, parent, unused int64
					var step string
					err := r.Scan(&id, &parent, &unused, &step)
					plan = append(plan, step)
					return err
				})
			}))
			if got := strings.Join(plan, "; "); !strings.Contains(got, index) || strings.Contains(got, "SCAN") || strings.Contains(got, "TEMP") {
				t.Errorf("%s: %s", sql, got)
			}
		}
	})
}
