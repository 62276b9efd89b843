package bank

import (
	"log/slog"
	"net/http"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// refuse draws the page of a form again and says in it what err means for the
// reader. When the API does not answer, the form comes back too, with what was
// typed: nothing is lost, and nobody gets in. Errors that no form can explain
// are returned, for the error page.
func (b *bank) refuse(w http.ResponseWriter, r *http.Request, p ui.Page, err error) error {
	return b.refuseSaying(w, r, p, err, "bank.unavailable")
}

// refuseSaying is refuse with a text for an API that does not answer.
func (b *bank) refuseSaying(w http.ResponseWriter, r *http.Request, p ui.Page, err error, away string) error {
	t := b.kit.Locale(r)
	switch f := fault.From(err); f.Kind {
	case fault.Unavailable:
		b.log.LogAttrs(r.Context(), slog.LevelError, "the API does not answer",
			slog.String("request_id", ui.RequestID(r.Context())), slog.String("path", r.URL.Path), slog.String("error", err.Error()))
		p.Form.Fail("", t.T(away))
		p.Status = http.StatusServiceUnavailable
	case fault.Limited:
		p.Form.Fail("", t.T("bank.limited"))
		p.Status = http.StatusTooManyRequests
	default:
		if rest := p.Form.Take(t, err); rest != nil {
			return rest
		}
	}
	return b.kit.Render(w, r, p)
}
