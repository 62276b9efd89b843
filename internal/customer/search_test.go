package customer_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

func (w *world) find(q customer.Query) []string {
	w.Helper()
	p, err := w.Search(w.Context(), q)
	if err != nil {
		w.Fatalf("%+v: %v", q, err)
	}
	numbers := []string{}
	for _, c := range p.Customers {
		numbers = append(numbers, c.Number)
	}
	return numbers
}

func TestSearch(t *testing.T) {
	each(t, func(w *world) {
		phone := func(v string) []customer.NewContact {
			return []customer.NewContact{{Kind: customer.Phone, Value: v}}
		}
		w.create(customer.New{Number: "100", Name: "Åse Müller", Contacts: phone("+47 911 11 111")})
		w.create(customer.New{Number: "1001", Name: "Ase Muller", Contacts: phone("+47 911 11 111")})
		w.create(customer.New{Number: "1002", Name: "Bo", Contacts: []customer.NewContact{{Kind: customer.Email, Value: "bo@b.example"}}})
		c := w.create(customer.New{Number: "2", Name: "Asem"})
		if err := w.Suspend(w.Context(), desk, c.ID, ""); err != nil {
			w.Fatal(err)
		}
		for _, x := range []struct {
			q    customer.Query
			want []string
		}{
			{customer.Query{Number: "100"}, []string{"100", "1001", "1002"}},
			{customer.Query{Number: "1001"}, []string{"1001"}},
			{customer.Query{Number: "10"}, []string{}}, // too short for a prefix
			{customer.Query{Number: "2"}, []string{"2"}},
			{customer.Query{Name: "ASE"}, []string{"100", "1001", "2"}},
			{customer.Query{Name: "åse mü"}, []string{"100", "1001"}},
			{customer.Query{Name: "ase", Status: customer.Suspended}, []string{"2"}},
			{customer.Query{Name: "ase", Number: "1001"}, []string{"1001"}},
			{customer.Query{Phone: "+4791111111"}, []string{"100", "1001"}},
			{customer.Query{Phone: "+4791111112"}, []string{}},
			{customer.Query{Email: "BO@b.example"}, []string{"1002"}},
			{customer.Query{Email: "bo@b.example", Phone: "+4791111111"}, []string{}},
			{customer.Query{Number: "%%%"}, nil},
			{customer.Query{Name: "%_%"}, []string{}},
		} {
			if x.want == nil {
				_, err := w.Search(w.Context(), x.q)
				wantFault(w, err, "customer.number", "/number")
				continue
			}
			if got := w.find(x.q); !slices.Equal(got, x.want) {
				w.Errorf("%+v: %v, want %v", x.q, got, x.want)
			}
		}
	})
}

// Never a list of everybody.
func TestSearchWantsACriterion(t *testing.T) {
	each(t, func(w *world) {
		w.create(customer.New{Number: "1", Name: "Kari"})
		for _, x := range []struct {
			q           customer.Query
			code, field string
		}{
			{customer.Query{}, "customer.search_empty", ""},
			{customer.Query{Status: customer.Active}, "customer.search_empty", ""},
			{customer.Query{Name: "ka"}, "customer.search_short", "/name"},
			{customer.Query{Name: "\u0301\u0301\u0301"}, "customer.search_short", "/name"},
			{customer.Query{Phone: "91234567"}, "customer.contact", "/phone"},
			{customer.Query{Email: "x"}, "customer.contact", "/email"},
			{customer.Query{Number: "1", Limit: 201}, "customer.limit", "/limit"},
			{customer.Query{Number: "1", Limit: -1}, "customer.limit", "/limit"},
			{customer.Query{Number: "1", After: "!"}, "customer.cursor", "/after"},
			{customer.Query{Name: "kari", After: base64.RawURLEncoding.EncodeToString([]byte("1"))}, "customer.cursor", "/after"},
		} {
			_, err := w.Search(w.Context(), x.q)
			wantFault(w, err, x.code, x.field)
		}
		_, err := w.Search(w.Context(), customer.Query{Number: "1", After: base64.RawURLEncoding.EncodeToString([]byte("\xff\x00"))})
		if fault.KindOf(err) != fault.Invalid {
			w.Errorf("a cursor of rubbish: %v", err)
		}
	})
}

// The pages of a search, put together, are the search: each customer once, in
// order, whatever the size of a page and whoever else is there.
func TestPagesAddUp(t *testing.T) {
	each(t, func(w *world) {
		var want []string
		for i := range 40 {
			n := fmt.Sprintf("A%02d", i*7%40)
			w.create(customer.New{Number: n, Name: "Same " + strings.Repeat("x", i%3)})
			w.create(customer.New{Number: "B" + n, Name: "Other"})
			want = append(want, n)
		}
		slices.Sort(want)
		rapid.Check(w, func(t *rapid.T) {
			byName := rapid.Bool().Draw(t, "by name")
			q := customer.Query{Limit: rapid.IntRange(1, 50).Draw(t, "limit"), Name: "same"}
			if !byName {
				q.Name, q.Number = "", rapid.SampledFrom([]string{"A0", "A12", "BA1"}).Draw(t, "prefix")
				if len(q.Number) < customer.MinPrefix {
					q.Number += "1"
				}
			}
			all, last := []string{}, customer.Customer{}
			for {
				p, err := w.Search(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range p.Customers {
					if c.Name < last.Name || c.Name == last.Name && c.Number <= last.Number {
						t.Fatalf("%v after %v", c, last)
					}
					all, last = append(all, c.Number), c
				}
				if p.Next == "" {
					break
				}
				if len(p.Customers) != q.Limit {
					t.Fatalf("%d on a page of %d", len(p.Customers), q.Limit)
				}
				q.After = p.Next
			}
			if slices.Sort(all); byName && !slices.Equal(all, want) {
				t.Fatalf("%v", all)
			}
			if !byName && q.Number == "BA1" && len(all) != 10 {
				t.Fatalf("%v", all)
			}
		})
	})
}

// A contact that leads to too many is refused, not cut.
func TestSearchByAContactOfAThousand(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "X", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: "+4790000000"}}})
		err := w.DB.Write(w.Context(), func(tx *db.Tx) error {
			var rows [][]any
			for i := range 1000 {
				rows = append(rows, []any{ident.Derive(strconv.Itoa(i)), c.ID})
			}
			_, err := tx.Many(`INSERT INTO contact (customer, id, kind, sealed, lookup, created_at)
				SELECT $1, id, kind, sealed, lookup, created_at FROM contact WHERE customer = $2`, rows)
			return err
		})
		if err != nil {
			w.Fatal(err)
		}
		_, err = w.Search(w.Context(), customer.Query{Phone: "+4790000000"})
		wantFault(w, err, "customer.search_wide", "")
	})
}
