package mobileid_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestReceiptsHaveAnHour: a receipt is shown until an hour after the time of its request, once, and never before the
// answer.
func TestReceiptsHaveAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		receipt := func(of mobileid.Transaction) error {
			_, err := w.desk.Receipt(t.Context(), system, ap, of.Handle, mobileid.Message{Text: "Thank you"})
			return err
		}
		signed := func() mobileid.Transaction {
			asked := w.ask(phoneA, "Hello")
			want(t, receipt(asked), "mobileid.receipt")
			s.approve()
			w.deliver()
			return w.status(asked, mobileid.Valid, "")
		}
		early := signed()
		w.clock.Advance(early.Expires.Add(time.Hour).Sub(w.clock.Now()))
		w.check(receipt(early))
		if l := s.next(applet.Show); l.Shown() != "Corner Shop\nThank you" {
			t.Errorf("%+v", l)
		}
		want(t, receipt(early), "mobileid.receipt")
		late := signed()
		w.clock.Advance(late.Expires.Add(time.Hour).Sub(w.clock.Now()) + time.Second)
		want(t, receipt(late), "mobileid.receipt")
		if n := s.count(applet.Show); n != 0 {
			t.Errorf("%d more were shown", n)
		}
	})
}
