package console

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// visit is one request, with who makes it and in which language.
type visit struct {
	kit  *ui.Kit
	w    http.ResponseWriter
	r    *http.Request
	t    *ui.Locale
	s    staff.Session // zero on open routes
	form *ui.Form      // of a POST; empty on a GET
	now  time.Time

	rules map[string]string // texts of risk rules by code, on pages about risk
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// May is asked by templates, by the name of a permission.
func (v *visit) May(p staff.Permission) bool { return v.s.Can(p) }

// lift frees a transfer that was admitted from the deadlines of the server, which
// knows others for it. Where they cannot be lifted, they hold.
func (v *visit) lift() {
	rc := http.NewResponseController(v.w)
	_, _ = rc.SetReadDeadline(time.Time{}), rc.SetWriteDeadline(time.Time{})
}

// render writes a page. The title is a text of ours or a name.
func (v *visit) render(name, title string, data any) error {
	return v.kit.Render(v.w, v.r, ui.Page{Name: name, Title: title, Data: data, Form: v.form})
}

// narrow is render for a page with one form.
func (v *visit) narrow(name, title string, data any) error {
	return v.kit.Render(v.w, v.r, ui.Page{Name: name, Title: title, Data: data, Form: v.form, Width: ui.Narrow})
}

// again renders the form of an act once more when err is about what was typed;
// any other error goes to the error page.
func (v *visit) again(err error, show func(*visit) error) error {
	if err := v.form.Take(v.t, err); err != nil {
		return err
	}
	return show(v)
}

// to leads to another page, after an act.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// done leaves a message and leads to another page.
func (v *visit) done(path, key string, pairs ...string) error {
	v.kit.Flash(v.w, ui.Good, key, pairs...)
	return v.to(path)
}

// id reads an id from the path.
func (v *visit) id(name string) (ident.ID, error) {
	id, err := ident.Parse(v.r.PathValue(name))
	if err != nil || id.IsZero() {
		return ident.ID{}, fault.NotFoundf("console.address", "There is no page at this address.").WithCause(err)
	}
	return id, nil
}

// query is a value of the address.
func (v *visit) query(name string) string { return ui.ReadQuery(v.r).Value(name) }

// pager leads through the list at this address; filters stay.
func (v *visit) pager(next string) ui.Pager {
	q := v.r.URL.Query()
	q.Del("after")
	return ui.Pager{Path: v.r.URL.Path, Query: q.Encode(), Next: next}
}

// link is an address with its query.
func link(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// visitKey is where the frame of a page finds the visit. Handlers get it as an
// argument; the frame is drawn by the kit, which knows the request only.
type visitKey struct{}

func (v *visit) in(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
}
