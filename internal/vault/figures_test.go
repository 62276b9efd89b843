package vault_test

import (
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Figures count all tokens, each in the state and portfolio that it is in.
func TestFigures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("figures", vault.Range{Prefix: "49000099", Digits: 16}, nil)
		w.token(p)
		w.token(p)
		w.ok(w.desk.Suspend(t.Context(), ann, w.token(p).ID, vault.Cause{Reason: vault.ByIssuer}))
		got := slices.DeleteFunc(must[[]vault.Figure](t)(w.desk.Figures(t.Context())), func(f vault.Figure) bool { return f.Portfolio != p.ID })
		if want := []vault.Figure{{p.ID, vault.Active, 2}, {p.ID, vault.Suspended, 1}}; !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		if one := must[vault.Portfolio](t)(w.desk.Portfolio(t.Context(), p.ID)); one.Name != "figures" || one.Version != 1 {
			t.Errorf("%+v", one)
		}
		_, err := w.desk.Portfolio(t.Context(), ident.Derive("none"))
		w.wants(err, "vault.portfolio")
	})
}
