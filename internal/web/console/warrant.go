package console

import (
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// current returns the identification of a customer that the visitor may act on;
// the zero value when there is none.
func (c *console) current(v *visit, owner ident.ID) (identification.Identification, error) {
	if owner.IsZero() {
		return identification.Identification{}, nil
	}
	s, err := c.Identification.Sheet(v.ctx(), v.s.Actor(), owner, 0)
	return s.Current, err
}

// warrant returns the identification that an act on what is a customer's needs.
// Where there is none it leads to the page where one is made, and from there back
// to the page of the act: ok is false, and the answer is written.
func (c *console) warrant(v *visit, owner ident.ID) (i identification.Identification, ok bool, err error) {
	i, err = c.current(v, owner)
	if err != nil || owner.IsZero() || i.Good(v.now) {
		return i, err == nil, err
	}
	return i, false, v.identifyFirst(owner)
}

// identifyFirst leads to the identification of a customer, and back to this page.
func (v *visit) identifyFirst(owner ident.ID) error {
	return v.to(link(customerPath(owner)+"/identify", "next", v.r.URL.RequestURI()))
}

// refused answers what came of an act that was not done: by the identification,
// when it is over; by the form, when something in it is wrong; by a page of its own,
// when the state of things does not allow the act, or not any more.
func (c *console) refused(v *visit, s subject, err error, show func(*visit) error) error {
	f := fault.From(err)
	switch {
	case f.Code == "identification.required" || f.Code == "identification.expired":
		return v.identifyFirst(s.owner)
	case f.Code == "token.not_theirs", f.Kind == fault.Conflict && f.Field == "":
		return c.overtaken(v, s, f)
	case f.Kind == fault.Limited:
		v.form.Fail("", v.limited(f))
		return show(v)
	}
	return v.again(err, show)
}

// barred answers a page whose act is not possible at all.
func (c *console) barred(v *visit, s subject, err error) error {
	if f := fault.From(err); f.Kind == fault.Conflict {
		return c.overtaken(v, s, f)
	}
	return err
}

// limited says of a limit that was reached when it opens, if it ever does.
func (v *visit) limited(f *fault.Error) string {
	if f.RetryAfter > 0 {
		return v.t.Fault(f) + " " + v.t.T("console.do.retry", "span", v.t.Span(f.RetryAfter))
	}
	return v.t.Fault(f) + " " + v.t.T("console.do.never")
}

// subject is what an act is about.
type subject struct {
	owner  ident.ID // zero: nobody's
	object string   // as audit records name it
	page   string   // where it is looked at
	name   string   // in the page
}

type overtakenPage struct {
	*visit
	Of, Back string
	Text     string
	Somebody bool // else was faster, as the log says
	Recent   []ui.Event
}

// rivals is how far apart two acts are at most whose people had the same page before
// them.
const rivals = 15 * time.Minute

// overtaken says why an act is not possible now, and what happened to its object
// lately: often a colleague did the same.
func (c *console) overtaken(v *visit, s subject, f *fault.Error) error {
	p := overtakenPage{visit: v, Of: s.name, Back: s.page, Text: v.t.Fault(f)}
	if !s.owner.IsZero() {
		page, err := c.Audit.Find(v.ctx(), audit.Filter{Customer: s.owner, Object: s.object}, "", 3) //nolint:mnd // the last few
		if err != nil {
			return err
		}
		if len(page.Entries) > 0 {
			e := page.Entries[0]
			p.Somebody = e.Actor != audit.Staff(v.s.Staff, "").String() && v.now.Sub(e.At) < rivals
		}
		if p.Recent, err = c.events(v, page.Entries); err != nil {
			return err
		}
	}
	title := v.t.T("console.overtaken.title")
	if p.Somebody {
		title = v.t.T("console.overtaken.somebody")
	}
	return v.kit.Render(v.w, v.r, ui.Page{Name: "overtaken", Title: title, Data: p, Form: v.form, Status: http.StatusConflict, Width: ui.Narrow})
}
