package lab

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// shelfView is what lies in the lab.
type shelfView struct {
	Tokens []tokenView
	Phones []phoneView
	Apps   []mobileView
}

// phones draws all phones of the rack.
func (l *lab) phones(ctx context.Context) (all []phoneView, err error) {
	if l.rack == nil {
		return nil, nil
	}
	asking := l.asking(ctx)
	for _, p := range l.rack.phones {
		v, err := l.handset(p.Number[1:])
		if err != nil {
			return nil, err
		}
		v.Asks = asking[v.Number]
		all = append(all, v)
	}
	return all, nil
}

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
	phones, err := l.phones(r.Context())
	if err != nil {
		return err
	}
	return l.kit.Render(w, r, ui.Page{Name: "shelf", Title: t.T("lab.shelf.title"), Width: ui.Wide, Data: shelfView{tokens, phones, l.mobilePhones()}})
}
