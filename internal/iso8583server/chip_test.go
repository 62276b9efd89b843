package iso8583server_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// What the issuer tells the chip travels in tag 91 of DE 55, and the desk knows what DE 39 will say. A profile without DE 55 in its answers has none.
func TestAnswersToChipsOverTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-bcd", nil)
	l := w.dial()
	for _, x := range []struct {
		d    issuing.Decision
		code string
	}{
		{issuing.Decision{Outcome: issuing.Approve, Approved: 4000, Code: "123456"}, "00"},
		{issuing.Decision{Outcome: issuing.Decline, Reason: issuing.Pattern}, "59"},
	} {
		w.desk.decide = func(r issuing.Request) (issuing.Decision, error) {
			d, code := x.d, r.Code39(&x.d)
			d.Response = append([]byte("RESPONSE"), code[:]...)
			return d, nil
		}
		m := l.ask(payment("00000" + x.code[1:]))
		value, err := iso8583.Find(m.Get(55), iso8583.TagIssuerAuth)
		if want := []byte("RESPONSE" + x.code); err != nil || !bytes.Equal(value, want) || m.Text(39) != x.code {
			t.Errorf("%q, %v, not %q: %v", value, err, want, m)
		}
	}
	w.desk.decide = nil
	if m := l.ask(payment("000009")); m.Has(55) {
		t.Errorf("there is no answer to the chip, and one is sent: %v", m)
	}
}
