package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// registerToken is step 2: the serial number (F-4.1.6). It can be opened again
// from step 3, to register another token instead.
func (b *bank) registerToken(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.current(w, r)
	if err != nil || !going {
		return err
	}
	if reg.over() || reg.awaited().Method != "" {
		b.toStep(w, r, &reg)
		return nil
	}
	return b.kit.Render(w, r, b.tokenPage(r, ui.NewForm(nil)))
}

func (b *bank) tokenPage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "register-token", Title: b.kit.Locale(r).T("bank.token.title"), Form: f}
}

// submitToken takes the serial number (F-4.1.7).
func (b *bank) submitToken(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case v.Registration == "":
		b.toStep(w, r, &registration{})
		return nil
	}
	t, page := b.kit.Locale(r), b.tokenPage(r, f)
	f.Require(t, "serial", t.T("bank.field.serial"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	reg, err := b.api.registerToken(r.Context(), v.Registration, f.Value("serial"))
	switch {
	case over(err):
		b.toStep(w, r, &registration{})
		return nil
	case err != nil:
		return b.refuse(w, r, page, err)
	case reg.Accepted || reg.over():
		b.toStep(w, r, &reg)
		return nil
	}
	f.Fail("serial", t.T("bank.token.refused"))
	return b.kit.Render(w, r, page)
}
