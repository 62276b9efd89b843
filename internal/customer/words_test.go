package customer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// TestWords: what is known of a customer by its parts, and nothing of nobody.
func TestWords(t *testing.T) {
	each(t, func(w *world) {
		c, err := w.Create(w.Context(), desk, customer.New{Number: "10023", Name: "Erika  Mustermann", Contacts: []customer.NewContact{
			{Kind: customer.Phone, Value: "+4791234567"}, {Kind: customer.Email, Value: "erika@bank.example"},
		}})
		if err != nil {
			w.Fatal(err)
		}
		for id, want := range map[ident.ID][]string{c.ID: {"10023", "Erika", "Mustermann", "+4791234567", "bank.example", "erika"}, ident.Derive("nobody"): nil} {
			err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
				got, err := w.Words(tx, id)
				slices.Sort(got)
				slices.Sort(want)
				if d := cmp.Diff(want, got); d != "" {
					w.Error(d)
				}
				return err
			})
			if err != nil {
				w.Error(err)
			}
		}
	})
}

// TestEraseForgets: what other packages keep of a customer goes with the erasure, or the
// erasure does not happen.
func TestEraseForgets(t *testing.T) {
	each(t, func(w *world) {
		c, err := w.Create(w.Context(), desk, customer.New{Number: "10023", Name: "Erika"})
		if err != nil {
			w.Fatal(err)
		}
		var told []ident.ID
		fail := errors.New("not now")
		w.Forget = []func(*db.Tx, ident.ID) error{func(_ *db.Tx, id ident.ID) error {
			told = append(told, id)
			return fail
		}}
		if err := w.Erase(w.Context(), desk, c.ID); !fault.Is(err, "customer.not_closed") || len(told) != 0 {
			w.Errorf("one who is not closed: %v, %v", err, told)
		}
		if err := w.Close(w.Context(), desk, c.ID, "x"); err != nil {
			w.Fatal(err)
		}
		if err := w.Erase(w.Context(), desk, c.ID); !errors.Is(err, fail) {
			w.Errorf("what is kept could not be deleted: %v", err)
		}
		if got, err := w.Get(w.Context(), c.ID); err != nil || got.Name != "Erika" || !got.Erased.IsZero() {
			w.Errorf("half erased: %+v, %v", got, err)
		}
		fail = nil
		if err := w.Erase(w.Context(), desk, c.ID); err != nil || !slices.Contains(told, c.ID) {
			w.Errorf("%v, %v", err, told)
		}
	})
}
