package mobileid_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// A right code is right however a phone writes it.
func TestSpamCodesAreComparedFolded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		_, err := w.desk.SetSpam(t.Context(), system, mobileid.Order{Customer: m.Customer, Mobile: m.ID}, "Käse42")
		w.check(err)
		for _, spam := range []string{"Käse42", " Käse42 ", "Ka\u0308se42", "käse42", "KÄSE42"} {
			_, err := w.desk.Sign(t.Context(), system, mobileid.Request{Provider: ap, User: mobileid.User{Number: phoneA}, Role: applet.Authentication, Text: "Hello", Spam: spam})
			if err != nil {
				t.Errorf("%q: %v", spam, err)
				continue
			}
			s.approve()
			w.deliver()
			w.clock.Advance(soonOver)
		}
	})
}
