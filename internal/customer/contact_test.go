package customer_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestContactsHaveOneForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        customer.Kind
		typed, want string
	}{
		{customer.Phone, "+47 912 34 567", "+4791234567"},
		{customer.Phone, " ＋４７ (912) 34-567 ", "+4791234567"},
		{customer.Phone, "+1 (202) 555-0100", "+12025550100"},
		{customer.Phone, "+43 (0) 664 123 45 67", "+436641234567"},
		{customer.Phone, "+٤٧ ٩١٢.٣٤.٥٦٧", "+4791234567"},
		{customer.Email, " Kari@Example.COM ", "kari@example.com"},
		{customer.Email, "kari@bücher.example", "kari@bücher.example"},
		{customer.Post, " Street 1 \n\n 0123  Oslo\r\n", "Street 1\n0123 Oslo"},
	} {
		if got, err := c.kind.Normal(c.typed); err != nil || got != c.want {
			t.Errorf("%s %q: %q, %v; want %q", c.kind, c.typed, got, err, c.want)
		}
	}
	for kind, all := range map[customer.Kind][]string{
		customer.Phone: {"", "91234567", "004791234567", "+47", "+123456", "+1234567", "+123456789012345", "+1234567890123456", "+0123456789", "+47 912x34567", "sms:+4791234567", "+47 912 34 567;ext=1", "47+91234567"},
		customer.Email: {"", "kari", "@example.com", "kari@", "kari@localhost", "a@b@example.com", "a b@example.com", "a@.example", "a@example.", "a@ex..ample", "a,b@example.com", strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b.", 130) + "c"},
		customer.Post:  {"", " \n ", "a\x07b", strings.Repeat("x", 501), "a\u202eb"},
	} {
		for _, typed := range all {
			if got, err := kind.Normal(typed); err == nil {
				t.Errorf("%s %q: %q", kind, typed, got)
			}
		}
	}
}

func FuzzContact(f *testing.F) {
	f.Add("phone", "+47 912 34 567")
	f.Add("email", "Kari@Example.COM")
	f.Add("post", "Street 1\nOslo")
	f.Fuzz(func(t *testing.T, kind, s string) {
		if n, err := customer.Kind(kind).Normal(s); err == nil {
			if again, err := customer.Kind(kind).Normal(n); err != nil || again != n {
				t.Errorf("%q is not its own normal form: %q, %v", n, again, err)
			}
		}
	})
}

func TestMaskedContacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, want string }{
		{"phone", "+4791234567", "+47 ••• 67"},
		{"email", "kari@example.com", "k•••@example.com"},
		{"post", "Street 1", "•••"},
		{"email", "broken", "•••"},
	} {
		if got := (customer.Contact{Kind: customer.Kind(c.kind), Value: c.value}).Masked(); got != c.want {
			t.Errorf("%s: %q, want %q", c.value, got, c.want)
		}
	}
}

func TestContacts(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: "+47 91234567", Verified: true}}})
		email := customer.NewContact{Kind: customer.Email, Value: "kari@b.example"}
		w.clock.Advance(time.Second) // contacts come oldest first
		id, err := w.AddContact(w.Context(), desk, c.ID, email)
		if err != nil {
			w.Fatal(err)
		}
		if again, err := w.AddContact(w.Context(), desk, c.ID, email); err != nil || again != id {
			w.Errorf("added twice: %v, %v", again, err)
		}
		all, err := w.Contacts(w.Context(), c.ID)
		if err != nil || len(all) != 2 || all[0].Value != "+4791234567" || all[0].Verified.IsZero() || all[1].Value != "kari@b.example" || !all[1].Verified.IsZero() {
			w.Fatalf("%+v, %v", all, err)
		}
		err = w.DB.Write(w.Context(), func(tx *db.Tx) error {
			for contact, want := range map[ident.ID]bool{id: true, ident.Derive("none"): false} {
				if ok, err := customer.VerifyContact(tx, desk, c.ID, contact); ok != want || err != nil {
					w.Errorf("verify %v: %v, %v", contact, ok, err)
				}
			}
			return nil
		})
		if all, _ = w.Contacts(w.Context(), c.ID); err != nil || all[1].Verified.IsZero() {
			w.Errorf("not verified: %v", err)
		}
		if err := w.RemoveContact(w.Context(), desk, c.ID, id); err != nil {
			w.Error(err)
		}
		wantFault(w, w.RemoveContact(w.Context(), desk, c.ID, id), "customer.contact_unknown", "")
		for kind, want := range map[string]int{customer.AuditContactAdded: 1, customer.AuditContactVerified: 1, customer.AuditContactRemoved: 1} {
			if got := w.records(kind); got != want {
				w.Errorf("%s: %d records", kind, got)
			}
		}
	})
}

// However many add at once, nobody has more contacts than allowed.
func TestContactsAreBounded(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1"})
		var wg sync.WaitGroup
		for i := range 2 * customer.MaxContacts {
			wg.Go(func() {
				_, err := w.AddContact(w.Context(), desk, c.ID, customer.NewContact{Kind: customer.Phone, Value: fmt.Sprintf("+47912345%02d", i)})
				if err != nil && !fault.Is(err, "customer.contacts_full") {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		if all, err := w.Contacts(w.Context(), c.ID); err != nil || len(all) != customer.MaxContacts {
			w.Errorf("%d contacts, %v", len(all), err)
		}
	})
}

// Contacts are sealed, and the registered column can be re-sealed.
func TestContactsAreSealed(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1", Contacts: []customer.NewContact{{Kind: customer.Email, Value: "kari@b.example"}}})
		sealed := func() (b, lookup []byte) {
			if err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
				return tx.Row("SELECT sealed, lookup FROM contact").Scan(&b, &lookup)
			}); err != nil {
				w.Fatal(err)
			}
			return b, lookup
		}
		before, lookup := sealed()
		if bytes.Contains(before, []byte("kari")) || bytes.Contains(lookup, []byte("kari")) {
			w.Error("a contact is stored in clear")
		}
		if err := w.Ring.Rotate(w.Context(), "system:test"); err != nil {
			w.Fatal(err)
		}
		if err := w.Ring.Reseal(w.Context(), customer.Columns(), "system:test", nil); err != nil {
			w.Fatal(err)
		}
		if after, _ := sealed(); bytes.Equal(after[:5], before[:5]) {
			w.Error("the contact was not moved to the new key")
		}
		if all, err := w.Contacts(w.Context(), c.ID); err != nil || len(all) != 1 || all[0].Value != "kari@b.example" {
			w.Errorf("%+v, %v", all, err)
		}
	})
}

// TestRevealLeavesARecord: reading contacts in clear says who read them.
func TestRevealLeavesARecord(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "77", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: "+436641234567"}}})
		all, err := w.Reveal(w.Context(), desk, c.ID)
		if err != nil || len(all) != 1 || all[0].Value != "+436641234567" {
			w.Fatalf("%+v, %v", all, err)
		}
		if n := w.records(customer.AuditContactsSeen); n != 1 {
			w.Errorf("%d records", n)
		}
	})
}
