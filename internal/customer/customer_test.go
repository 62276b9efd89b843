package customer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestNumbersHaveOneForm(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"12345678":         "12345678",
		" 1234 5678 ":      "12345678",
		"1234-5678":        "12345678",
		"1234–5678":        "12345678",
		"ab.1/2_c@d":       "AB.1/2_C@D",
		"００１２":             "0012",
		"٠١٢":              "012",
		"𝟎𝟏":               "01",
		"ａｂ":               "AB",
		"00\u00a012\u00ad": "0012",
	} {
		if got, err := customer.Number(typed); err != nil || got != want {
			t.Errorf("Number(%q) = %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", " - ", "а1", "1;2", "é", "1\x00", strings.Repeat("1", 41), strings.Repeat(" ", 500), "\xff"} {
		if got, err := customer.Number(typed); err == nil {
			t.Errorf("Number(%q) = %q", typed, got)
		}
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("1234-5678")
	f.Add("ﬃ ٣")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := customer.Number(s); err == nil {
			if again, err := customer.Number(n); err != nil || again != n {
				t.Errorf("%q is not its own normal form: %q, %v", n, again, err)
			}
		}
	})
}

func TestCreateAndGet(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "12-34", Name: " Kari  Nordmann ", Locale: "NB-no"})
		want := customer.Customer{ID: c.ID, Number: "1234", Name: "Kari Nordmann", Locale: "nb-NO", Status: customer.Active, Created: w.clock.Now(), Changed: w.clock.Now()}
		byID, err1 := w.Get(w.Context(), c.ID)
		byNumber, err2 := w.GetByNumber(w.Context(), "1 2 3 4")
		for _, got := range []customer.Customer{c, byID, byNumber} {
			if diff := cmp.Diff(want, got); diff != "" {
				w.Errorf("(%v, %v)\n%s", err1, err2, diff)
			}
		}
		if w.records(customer.AuditCreated) != 1 {
			w.Error("the creation was not recorded")
		}
	})
}

func TestCreateIsRepeatable(t *testing.T) {
	each(t, func(w *world) {
		n := customer.New{ID: ident.Derive("key 1"), Number: "1", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: "+4791234567"}}}
		first, second := w.create(n), w.create(n)
		if diff := cmp.Diff(first, second); diff != "" {
			w.Error(diff)
		}
		if got := w.records(customer.AuditCreated); got != 1 {
			w.Errorf("recorded %d times", got)
		}
		n.Number = "2"
		_, err := w.Create(w.Context(), desk, n)
		wantFault(w, err, "customer.id_taken", "/id")
		_, err = w.Create(w.Context(), desk, customer.New{Number: "1"})
		wantFault(w, err, "customer.number_taken", "/number")
		n.ID, n.Number = ident.Derive("key 2"), "1"
		_, err = w.Create(w.Context(), desk, n)
		wantFault(w, err, "customer.number_taken", "/number")
	})
}

func TestCreateNamesTheWrongField(t *testing.T) {
	each(t, func(w *world) {
		for field, n := range map[string]customer.New{
			"/number":           {Number: "§"},
			"/name":             {Number: "1", Name: "a\u202eb"},
			"/locale":           {Number: "1", Locale: "not a tag"},
			"/contacts/1/value": {Number: "1", Contacts: []customer.NewContact{{Kind: customer.Email, Value: "a@b.example"}, {Kind: customer.Phone, Value: "91234567"}}},
			"/contacts/0/kind":  {Number: "1", Contacts: []customer.NewContact{{Kind: "fax", Value: "1"}}},
		} {
			_, err := w.Create(w.Context(), desk, n)
			if f := fault.From(err); f.Kind != fault.Invalid || f.Field != field {
				w.Errorf("%s: %v", field, err)
			}
		}
		if _, err := w.GetByNumber(w.Context(), "1"); !fault.Is(err, "customer.unknown") {
			w.Errorf("a refused customer was created: %v", err)
		}
	})
}

func TestPartsAnswerNoneByValue(t *testing.T) {
	each(t, func(w *world) {
		w.create(customer.New{Number: "1"})
		err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
			for _, typed := range []string{"2", "", "§§§", strings.Repeat("x", 9999)} {
				if _, ok, err := customer.ByNumber(tx, typed); ok || err != nil {
					w.Errorf("ByNumber(%.10q) = %v, %v", typed, ok, err)
				}
			}
			if _, ok, err := customer.Find(tx, ident.ID{}); ok || err != nil {
				w.Errorf("Find(none) = %v, %v", ok, err)
			}
			c, ok, err := customer.ByNumber(tx, " 1 ")
			if !ok || c.Number != "1" {
				w.Errorf("ByNumber = %+v, %v", c, ok)
			}
			return err
		})
		if err != nil {
			w.Error(err)
		}
	})
}

// The state table of the package comment, every cell.
func TestStates(t *testing.T) {
	each(t, func(w *world) {
		acts := map[string]func(ident.ID) error{
			"suspend":  func(id ident.ID) error { return w.Suspend(w.Context(), desk, id, "why") },
			"activate": func(id ident.ID) error { return w.Activate(w.Context(), desk, id, "why") },
			"close":    func(id ident.ID) error { return w.Close(w.Context(), desk, id, "why") },
			"erase":    func(id ident.ID) error { return w.Erase(w.Context(), desk, id) },
			"update":   func(id ident.ID) error { _, err := w.Update(w.Context(), desk, id, customer.Change{}); return err },
			"contact": func(id ident.ID) error {
				_, err := w.AddContact(w.Context(), desk, id, customer.NewContact{Kind: customer.Email, Value: "a@b.example"})
				return err
			},
		}
		enter := map[customer.Status][]string{customer.Active: nil, customer.Suspended: {"suspend"}, customer.Closed: {"close"}}
		next := map[string]map[customer.Status]customer.Status{ // missing: refused
			"suspend":  {customer.Active: customer.Suspended},
			"activate": {customer.Suspended: customer.Active},
			"close":    {customer.Active: customer.Closed, customer.Suspended: customer.Closed},
			"erase":    {customer.Closed: customer.Closed},
			"update":   {customer.Active: customer.Active, customer.Suspended: customer.Suspended},
			"contact":  {customer.Active: customer.Active, customer.Suspended: customer.Suspended},
		}
		for from, path := range enter {
			for name, act := range acts {
				c := w.create(customer.New{Number: "n-" + string(from) + "." + name})
				for _, step := range path {
					if err := acts[step](c.ID); err != nil {
						w.Fatal(err)
					}
				}
				err := act(c.ID)
				want, allowed := next[name][from]
				if !allowed {
					want = from
				}
				after, _ := w.Get(w.Context(), c.ID)
				if (err == nil) != allowed || after.Status != want {
					w.Errorf("%s when %s: %v, then %s", name, from, err, after.Status)
				}
				if err != nil && fault.KindOf(err) != fault.Conflict {
					w.Errorf("%s when %s: %v is no conflict", name, from, err)
				}
			}
		}
		for name, act := range acts {
			if err := act(ident.Derive("nobody")); !fault.Is(err, "customer.unknown") {
				w.Errorf("%s of nobody: %v", name, err)
			}
		}
	})
}

func TestUpdateChangesOnlyWhatIsGiven(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1", Name: "Kari", Locale: "nb"})
		name := "Ola Nordmann"
		got, err := w.Update(w.Context(), desk, c.ID, customer.Change{Name: &name})
		if err != nil || got.Name != name || got.Locale != "nb" || got.Number != "1" {
			w.Errorf("%+v, %v", got, err)
		}
		p, err := w.Search(w.Context(), customer.Query{Name: "ola n"})
		if err != nil || len(p.Customers) != 1 {
			w.Errorf("the new name is not found: %+v, %v", p, err)
		}
		if w.records(customer.AuditChanged) != 1 {
			w.Error("the change was not recorded")
		}
	})
}

// Names and contacts are gone, and no audit record ever carried them.
func TestErase(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1", Name: "Kari Nordmann", Contacts: []customer.NewContact{{Kind: customer.Email, Value: "kari@b.example"}}})
		name := "Kari Nordkvinne"
		if _, err := w.Update(w.Context(), desk, c.ID, customer.Change{Name: &name}); err != nil {
			w.Fatal(err)
		}
		for _, act := range []error{w.Close(w.Context(), desk, c.ID, "moved"), w.Erase(w.Context(), desk, c.ID), w.Erase(w.Context(), desk, c.ID)} {
			if act != nil {
				w.Fatal(act)
			}
		}
		got, err := w.Get(w.Context(), c.ID)
		contacts, err2 := w.Contacts(w.Context(), c.ID)
		if err != nil || err2 != nil || got.Name != "" || got.Erased.IsZero() || len(contacts) != 0 || got.Number != "1" {
			w.Errorf("%+v, %v, %v, %v", got, contacts, err, err2)
		}
		err = w.DB.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Each("SELECT details FROM journal WHERE details IS NOT NULL", nil, func(r db.Row) error {
				var details []byte
				err := r.Scan(&details)
				if s := strings.ToLower(string(details)); strings.Contains(s, "kari") || strings.Contains(s, "example") {
					w.Errorf("a record carries personal data: %s", details)
				}
				return err
			})
		})
		if err != nil {
			w.Error(err)
		}
	})
}

func TestNameFormIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if n, err := customer.Name(rapid.String().Draw(t, "name")); err == nil {
			if again, err := customer.Name(n); err != nil || again != n {
				t.Fatalf("%q becomes %q, %v", n, again, err)
			}
		}
	})
}
