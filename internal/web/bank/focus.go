package bank

import (
	"html/template"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// focusing are the functions that say which field of a form has the focus when
// its page opens: the first wrong one, so that its error is read first; and place,
// which counts from 1.
func focusing() template.FuncMap {
	wrong := func(f *ui.Form, name string) bool {
		all := f.Faults()
		return len(all) > 0 && all[0].Name == name
	}
	return template.FuncMap{
		"place": func(i int) int { return i + 1 },
		"mend":  func(f *ui.Form, x ui.Field) ui.Field { x.Focus = wrong(f, x.Name); return x },
		"start": func(f *ui.Form, x ui.Field) ui.Field { x.Focus = f.OK() || wrong(f, x.Name); return x },
	}
}
