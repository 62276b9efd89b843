package passcode_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/sms"
)

const notedNumber = "+4791234567"

// notices are the texts to a number that are no codes.
func (w *world) notices(number string) (all []string) {
	w.Helper()
	for _, o := range w.deliver() {
		if o.To == number && o.Class == sms.ClassNotice {
			all = append(all, o.Body)
		}
	}
	return all
}

// TestStaffActsAreTold: the phone that staff unregister or register gets one notice, in the
// customer's language, that names neither number nor staff; an act that is refused tells
// nobody, and neither does one on a number that is gone (SCA-60).
func TestStaffActsAreTold(t *testing.T) {
	each(t, func(w *world) {
		c, err := w.customers.Create(w.Context(), ann, customer.New{Number: "1001", Locale: "de-AT", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: notedNumber, Verified: true}}})
		if err != nil {
			t.Fatal(err)
		}
		contact := w.contacts(c.ID)[0].ID
		act := w.act(c.ID)
		for i := range 2 { // the second is refused
			if _, err := w.p.Register(w.Context(), ann, w.set, act, contact); (err == nil) != (i == 0) {
				t.Fatal(err)
			}
		}
		if got := w.notices(notedNumber); len(got) != 1 || !strings.Contains(got[0], "sendet Ihre Codes jetzt an dieses Telefon") {
			t.Errorf("registered: %q", got)
		}
		for i := range 2 {
			if _, err := w.p.Unregister(w.Context(), ann, act); (err == nil) != (i == 0) {
				t.Fatal(err)
			}
		}
		got := w.notices(notedNumber)
		if len(got) != 2 || !strings.Contains(got[1], "sendet keine Codes mehr an dieses Telefon") {
			t.Errorf("unregistered: %q", got)
		}
		for _, text := range got {
			if strings.Contains(text, notedNumber[4:]) || strings.Contains(text, "ann") || !strings.HasSuffix(text, "Rufen Sie Ihre Bank an.") {
				t.Errorf("%q", text)
			}
		}
		if _, err := w.p.Register(w.Context(), ann, w.set, act, contact); err != nil {
			t.Fatal(err)
		}
		if got := w.notices(notedNumber); len(got) != 3 {
			t.Errorf("registered anew: %q", got)
		}
		if err := w.customers.RemoveContact(w.Context(), ann, c.ID, contact); err != nil {
			t.Fatal(err)
		}
		if _, err := w.p.Unregister(w.Context(), ann, act); err != nil {
			t.Fatal(err)
		}
		if got := w.notices(notedNumber); len(got) != 3 {
			t.Errorf("a number that is gone: %q", got)
		}
		if n := w.records(passcode.AuditRemoved); n != 2 {
			t.Errorf("%d records", n)
		}
	})
}
