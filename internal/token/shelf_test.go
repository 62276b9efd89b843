package token_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/token"
)

// shelf imports tokens of two models and returns their serial numbers in order.
func (w *world) shelf(n int) (serials []string) {
	w.t.Helper()
	var rows []string
	for i := range n {
		s := fmt.Sprintf("SH%04d", i)
		serials = append(serials, s)
		rows = append(rows, s+","+hex.EncodeToString(key(s))+",HOTP")
	}
	if s, report := w.csv(rows...); s.Imported != int64(n) {
		w.t.Fatalf("imported %+v: %+v", s, report)
	}
	w.write(func(tx *db.Tx) error {
		for i, s := range serials {
			if i%3 == 0 {
				if _, err := tx.Exec("UPDATE device SET model = 'button' WHERE serial = $1", s); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return serials
}

// all walks through a list page by page.
func (w *world) all(f token.Filter, size int) (serials []string) {
	w.t.Helper()
	for after := ""; ; {
		page, next, err := w.tokens.List(w.t.Context(), f, after, size)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, it := range page {
			serials = append(serials, it.Device.Serial)
		}
		if next == "" {
			return serials
		}
		after = next
	}
}

func TestShelf(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		serials := w.shelf(20)
		w.assign(serials[3], ident.Derive("somebody"))
		w.assign(serials[4], ident.Derive("somebody"))
		s, err := w.tokens.Shelf(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []device.Count{{Model: "button", Status: device.Active, N: 1}, {Model: "button", Status: device.Stock, N: 6}, {Model: "other", Status: device.Active, N: 1}, {Model: "other", Status: device.Stock, N: 12}}
		if d := cmp.Diff(want, s.Counts); d != "" {
			t.Errorf("counts: %s", d)
		}
		if s.Total() != 20 || s.Total(device.Stock) != 18 || !s.At.Equal(w.clock.Now()) {
			t.Errorf("totals: %d, %d at %v", s.Total(), s.Total(device.Stock), s.At)
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		serials := w.shelf(20)
		w.assign(serials[3], ident.Derive("somebody"))
		w.assign(serials[4], ident.Derive("somebody"))
		stock := slices.Concat(serials[:3], serials[5:])
		var buttons []string
		for i := 0; i < 20; i += 3 {
			buttons = append(buttons, serials[i])
		}
		models := []string{"button", "other"}
		for _, c := range []struct {
			name string
			f    token.Filter
			want []string
		}{
			{"everything", token.Filter{}, serials},
			{"a state", token.Filter{Models: models, Status: device.Stock}, stock},
			{"a model", token.Filter{Models: models[:1]}, buttons},
			{"both", token.Filter{Models: models[:1], Status: device.Active}, serials[3:4]},
			{"none", token.Filter{Models: models, Status: device.Blocked}, nil},
		} {
			for _, size := range []int{1, 7, 200} {
				if d := cmp.Diff(c.want, w.all(c.f, size)); d != "" {
					t.Errorf("%s by %d: %s", c.name, size, d)
				}
			}
		}
	})
}

func TestListRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, size := range []int{0, 201} {
			if _, _, err := w.tokens.List(t.Context(), token.Filter{}, "", size); !fault.Is(err, "token.limit") {
				t.Errorf("a page of %d: %v", size, err)
			}
		}
		for _, cursor := range []string{"?", "AAAA!", "YWJj"} {
			if _, _, err := w.tokens.List(t.Context(), token.Filter{}, cursor, 10); !fault.Is(err, "token.cursor") {
				t.Errorf("the cursor %q: %v", cursor, err)
			}
		}
	})
}

func TestGetShowsOwnerAndImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		serials := w.shelf(2)
		reg := &customer.Register{DB: w.d, Ring: keyringtest.Open(t, w.d), Rand: rand.Reader}
		c, err := reg.Create(t.Context(), by(), customer.New{Number: "4711"})
		if err != nil {
			t.Fatal(err)
		}
		w.assign(serials[0], c.ID)
		page, _, err := w.tokens.List(t.Context(), token.Filter{}, "", 10)
		if err != nil || page[0].Owner != "4711" || page[1].Owner != "" {
			t.Fatalf("owners: %+v, %v", page, err)
		}
		it, err := w.tokens.Get(t.Context(), page[0].Device.ID)
		if err != nil || it.Owner != "4711" || len(it.Keys) != 1 || it.Device.Serial != serials[0] {
			t.Fatalf("token: %+v, %v", it, err)
		}
		p, err := w.tokens.Import(t.Context(), it.Device.Import)
		if err != nil || p.Name != "test.csv" || p.Imported != 2 {
			t.Errorf("import: %+v, %v", p, err)
		}
		if _, err := w.tokens.Get(t.Context(), ident.Derive("nothing")); !fault.Is(err, "token.unknown") {
			t.Errorf("an unknown token: %v", err)
		}
		if _, err := w.tokens.Import(t.Context(), ident.Derive("nothing")); !fault.Is(err, "token.import_unknown") {
			t.Errorf("an unknown import: %v", err)
		}
	})
}
