package lab

import (
	"net/http"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// press presses one key.
func (l *lab) press(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	key, err := hardtoken.ParseKey(f.Value("key"))
	if err != nil {
		return fault.Invalidf("lab.no_key", "No token has this key.").WithField("key").WithCause(err)
	}
	return l.change(w, r, func(tok *hardtoken.Token) error {
		tok.Press(key)
		return nil
	})
}

// change does something to the token of the request and shows it again.
func (l *lab) change(w http.ResponseWriter, r *http.Request, f func(*hardtoken.Token) error) error {
	serial := r.PathValue("serial")
	if err := l.shelf.Use(serial, f); err != nil {
		return err
	}
	http.Redirect(w, r, "/tokens/"+serial, http.StatusSeeOther) //nolint:gosec // a serial number of the shelf
	return nil
}
