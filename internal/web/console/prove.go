package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Fields of the proof; all others belong to the act.
const (
	proofPassword = "proof-password"
	proofCode     = "proof-code"
)

// hidden is a value of the act's form, carried along.
type hidden struct{ Name, Value string }

type provePage struct {
	*visit
	Act    string
	Action string
	Back   string
	Hidden []hidden
}

// prove reports whether the session's proof is fresh enough for an act. If not,
// it takes a proof that came with the form, or asks for one in a page that
// carries the form along, and reports false.
func (c *console) prove(rt route, v *visit) (bool, error) {
	if v.s.Fresh(v.now) {
		return true, nil
	}
	if v.form.Raw(proofCode) == "" && v.form.Raw(proofPassword) == "" {
		return false, c.askProof(rt, v, http.StatusOK)
	}
	g, ok, err := c.Staff.Reauthenticate(v.ctx(), c.kit.Cookie(v.r, sessionCookie), v.form.Raw(proofPassword), v.form.Value(proofCode))
	if err != nil {
		if err := v.form.Take(v.t, err); err != nil {
			return false, err
		}
		return false, c.askProof(rt, v, http.StatusTooManyRequests)
	}
	if !ok {
		v.form.Fail("", v.t.T("console.prove.wrong"))
		return false, c.askProof(rt, v, http.StatusUnprocessableEntity)
	}
	c.start(v, g)
	return true, nil
}

func (c *console) askProof(rt route, v *visit, status int) error {
	typed := v.r.PostForm //nolint:forbidigo // the field, not the function
	p := provePage{visit: v, Act: v.t.T(rt.Fresh), Action: v.r.URL.RequestURI(), Back: parent(v.r.URL.Path), Hidden: carried(typed)}
	title := v.t.T("console.prove.title")
	return v.kit.Render(v.w, v.r, ui.Page{Name: "prove", Title: title, Data: p, Form: v.form, Status: status, Width: ui.Narrow})
}

// carried lists what the act's form held, in a fixed order.
func carried(values map[string][]string) (all []hidden) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name == proofPassword || name == proofCode {
			continue
		}
		for _, value := range values[name] {
			all = append(all, hidden{name, value})
		}
	}
	return all
}

// parent is the page that an act belongs to: "/staff/ID/do/reset" is about
// "/staff/ID".
func parent(path string) string {
	part := strings.Split(strings.Trim(path, "/"), "/")
	if len(part) > 2 { //nolint:mnd // noun and id
		part = part[:2]
	} else {
		part = part[:1]
	}
	return "/" + strings.Join(part, "/")
}
