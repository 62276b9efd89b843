package lab

import (
	"net/http"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// index shows the shelf.
func (l *lab) index(w http.ResponseWriter, r *http.Request) error {
	t := l.kit.Locale(r)
	var tokens []tokenView
	for _, serial := range l.shelf.Serials() {
		err := l.shelf.Look(serial, func(tok *hardtoken.Token, label string) {
			tokens = append(tokens, l.view(t, tok, label))
		})
		if err != nil {
			return err
		}
	}
	return l.kit.Render(w, r, ui.Page{Name: "shelf", Title: t.T("lab.shelf.title"), Width: ui.Wide, Data: tokens})
}
