package bank

import (
	"encoding/json"
	"net/http"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// strength is what the meter beside a new password shows.
type strength struct {
	Score    int      `json:"score"` // 0 to 4
	Text     string   `json:"text"`
	Mistakes []string `json:"mistakes"`
}

// judgePassword tells the page's script how good a password would be while it is typed.
// Only somebody who is choosing one may ask: each answer costs a computation.
func (b *bank) judgePassword(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	s, in := b.sessions.peek(b.kit.Cookie(r, sessionCookie))
	words := []string{v.Customer}
	switch {
	case in:
		words = []string{s.Customer, s.Name}
	case v.Registration == "" && !v.renewing():
		return fault.NotFoundf("page", "There is no page at this address.")
	}
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := b.api.judgePassword(r.Context(), f.Raw("new_password"), words...)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	out := strength{Score: j.Score, Text: t.T("bank.strength.good"), Mistakes: []string{}}
	for _, m := range j.Mistakes {
		out.Mistakes = append(out.Mistakes, m.in(t))
	}
	switch {
	case !j.Fit:
		out.Score, out.Text = min(j.Score, 1), t.T("bank.strength.poor")
	case j.Score >= 4:
		out.Text = t.T("bank.strength.best")
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(out)
}
