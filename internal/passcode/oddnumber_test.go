package passcode_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
)

// TestOddNumbers changes the number in every form in which people write it: the text goes to
// the one number that was meant, or the form says what is wrong, nothing is sent, and
// neither phone nor contact is left behind.
func TestOddNumbers(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1001", "+4791234567")
		by := audit.Customer(c.ID)
		for _, typed := range []string{
			"+47 915 00 000", "915 00 000", "91500000", "0047 915 00 000", "(+47) 915-00-000", "+47 (0) 915 00 000", "+47.915.00.000", "+47/915/00/000",
			"tel:+47-915-00-000", "＋４７ ９１５ ００ ０００", "+٤٧ ٩١٥ ٠٠ ٠٠٠", "\u202a+47 915 00 000\u202c", " 915\u00a000\u2011000 ",
		} {
			before := len(w.deliver())
			x, err := w.change(c.ID, typed)
			if err != nil {
				t.Errorf("%q: %v", typed, err)
				continue
			}
			if all := w.deliver(); len(all) != before+1 || all[before].To != "+4791500000" || x.Number != "+47 ••• 00" {
				t.Errorf("%q: %+v, and %s", typed, x, bodies(all[before:]))
			}
			if err := w.p.GiveUp(t.Context(), by, c.ID, x.ID); err != nil {
				t.Fatal(err)
			}
			w.later(2 * time.Hour) // out of the budgets and the request limit's way
			w.sql("UPDATE passcode_phone SET failures = 0, blocked_until = NULL WHERE customer = $1", c.ID)
		}
		phones, contacts, texts := w.count("passcode_phone"), len(w.contacts(c.ID)), len(w.deliver())
		for typed, code := range map[string]string{
			"": "passcode.number", "   ": "passcode.number", "phone": "passcode.number", "😀": "passcode.number", "+": "passcode.number",
			"+47 1": "passcode.number", "91": "passcode.number", "+47 915 00 000 000 000 00": "passcode.number", "911111111111111111111111": "passcode.number",
			"+47 915 00 000 ext. 5": "passcode.number", "915 00 000;5": "passcode.number", "tel:915": "passcode.number", "sms:+4791500000": "passcode.number",
			"++47 915 00 000": "passcode.number", "+47 91500000, +47 91500001": "passcode.number", "+47 9l5 OO OOO": "passcode.number", "0915 00 000 x": "passcode.number",
			"+999 12345678": "passcode.number", "+0 12345678": "passcode.number", "anna@bank.example": "passcode.number", "+4791500000\x00": "passcode.number",
			"+47 829 00 123": "passcode.number_class", "+49 900 1234567": "passcode.number_class", "+47 22 22 22 22": "passcode.number_class", "+47 800 12 345": "passcode.number_class",
			"+870 773 111 632": "passcode.country", "+7 916 123 45 67": "passcode.country", "+44 7400 123456": "passcode.country", "+1 202 456 1111": "passcode.country",
		} {
			_, err := w.change(c.ID, typed)
			wantFault(t, typed, err, code)
		}
		if a, b, n := w.count("passcode_phone"), len(w.contacts(c.ID)), len(w.deliver()); a != phones || b != contacts || n != texts {
			t.Errorf("%d phones, %d contacts and %d texts were left behind", a-phones, b-contacts, n-texts)
		}
	})
}
