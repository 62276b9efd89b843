package lab

import (
	"net/http"
	"strconv"
	"time"

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

// tools applies a tool of the bench: what no key can do.
func (l *lab) tools(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(f.Value("by"), 10, 64)
	if err != nil {
		return fault.Invalidf("lab.no_number", "Give a whole number.").WithField("by").WithCause(err)
	}
	return l.change(w, r, func(tok *hardtoken.Token) error { return apply(tok, f.Value("tool"), n) })
}

func apply(tok *hardtoken.Token, tool string, n int64) error {
	const century, fastest, presses = 100 * 365 * 24 * 3600, 1000, 10_000
	ok := func(top int64) bool { return -top <= n && n <= top }
	switch {
	case tool == "shift" && ok(century):
		tok.Shift(time.Duration(n) * time.Second)
	case tool == "drift" && ok(fastest):
		tok.SetDrift(float64(n))
	case tool == "skip" && ok(presses) && n > 0:
		for _, f := range tok.Model().Functions {
			if f.Algorithm == hardtoken.HOTP {
				tok.Skip(f.Name, uint64(n))
			}
		}
	default:
		return fault.Invalidf("lab.no_tool", "There is no such tool, or the number is out of its range.").WithField("tool")
	}
	return nil
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
