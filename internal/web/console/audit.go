package console

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const auditPage = 50

type auditView struct {
	*visit
	Rows     []auditRow
	Kinds    []ui.Choice
	Pager    ui.Pager
	Filtered bool
}

// auditRow is a record in the list.
type auditRow struct {
	audit.Entry
	What     string
	Tone     ui.Tone
	Who      string
	Customer string // number; "" for none
	Because  string
}

// auditList shows the log, newest first, by filters.
func (c *console) auditList(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	p := auditView{visit: v, Kinds: v.kinds()}
	f, ok, err := c.auditFilter(v)
	if err != nil {
		return err
	}
	p.Filtered = f != audit.Filter{}
	if !ok {
		return v.render("audit", v.t.T("console.audit.title"), p)
	}
	page, err := c.Audit.Find(v.ctx(), f, v.query("after"), auditPage)
	if err != nil {
		return err
	}
	if p.Rows, err = c.auditRows(v, page.Entries); err != nil {
		return err
	}
	p.Pager = v.pager(page.Next)
	return v.render("audit", v.t.T("console.audit.title"), p)
}

// kinds are the groups of records that one can ask for.
func (v *visit) kinds() []ui.Choice {
	out := []ui.Choice{{Value: "", Text: v.t.T("console.audit.every_kind")}}
	for _, noun := range []string{"authentication", "registration", "activation", "authenticator", "identification", "customer", "token", "mobile_token", "staff", "client", "policy", "proposal", "audit", "outbox", "keyring"} {
		out = append(out, ui.Choice{Value: noun + ".", Text: v.t.T("console.noun." + noun)})
	}
	return out
}

// auditFilter reads the filter from the address. What cannot be meant becomes an
// error of the form, and ok is false.
func (c *console) auditFilter(v *visit) (f audit.Filter, ok bool, err error) {
	f = audit.Filter{Kind: v.query("kind"), Object: v.query("object"), Text: v.query("text")}
	if number := v.query("customer"); number != "" {
		cu, err := c.Customers.GetByNumber(v.ctx(), number)
		if err != nil {
			return f, false, v.missing("customer", err, "console.audit.no_customer")
		}
		f.Customer = cu.ID
	}
	if f.Actor, err = c.auditActor(v, v.query("actor")); err != nil {
		return f, false, v.missing("actor", err, "console.audit.no_actor")
	}
	f.From = v.dateTime("from", 0)
	f.To = v.dateTime("to", 24*time.Hour) //nolint:mnd // the end of that day
	return f, v.form.OK(), nil
}

// missing makes an error of the form of a thing that does not exist.
func (v *visit) missing(field string, err error, key string) error {
	switch fault.KindOf(err) {
	case fault.NotFound, fault.Invalid:
		v.form.Fail(field, v.t.T(key))
		return nil
	default:
		return err
	}
}

// auditActor reads an actor: a login of the staff, or the form of the log.
func (c *console) auditActor(v *visit, typed string) (audit.Actor, error) {
	if typed == "" {
		return audit.Actor{}, nil
	}
	if kind, _, ok := strings.Cut(typed, ":"); ok && kind != "" {
		a, err := audit.ParseActor(typed)
		if err != nil {
			return a, fault.NotFoundf("console.actor", "There is no such actor.").WithCause(err)
		}
		return a, nil
	}
	login := []rune(strings.ToLower(typed))
	// What follows all but its last character contains the login early on.
	near, err := c.Staff.List(v.ctx(), string(login[:len(login)-1]), 200) //nolint:mnd // the largest page
	if err != nil {
		return audit.Actor{}, err
	}
	for _, m := range near {
		if m.Login == string(login) {
			return audit.Staff(m.ID, m.Login), nil
		}
	}
	return audit.Actor{}, fault.NotFoundf("console.actor", "There is no such actor.")
}

// dateTime reads a date or a moment, in UTC as the pages show them. A date alone
// is its start, and with a span its end.
func (v *visit) dateTime(name string, whole time.Duration) time.Time {
	typed := v.query(name)
	if typed == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.RFC3339} {
		if t, err := time.Parse(layout, typed); err == nil {
			return t.UTC()
		}
	}
	t, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		v.form.Fail(name, v.t.T("console.audit.bad_time"))
		return time.Time{}
	}
	return t.Add(whole)
}

func (c *console) auditRows(v *visit, entries []audit.Entry) ([]auditRow, error) {
	n, numbers := c.names(v), map[ident.ID]string{}
	out := make([]auditRow, len(entries))
	for i, e := range entries {
		who, err := n.of(v.ctx(), e.Actor)
		if err != nil {
			return nil, err
		}
		number, err := c.number(v, numbers, e.Customer)
		if err != nil {
			return nil, err
		}
		out[i] = auditRow{Entry: e, What: v.kind(e.Kind), Tone: kindTone(e.Kind), Who: who, Customer: number, Because: v.because(e)}
	}
	return out, nil
}

// number is a customer's number; the id of one who never existed, for whom there
// are records all the same.
func (c *console) number(v *visit, seen map[ident.ID]string, id ident.ID) (string, error) {
	if id.IsZero() {
		return "", nil
	}
	if s, ok := seen[id]; ok {
		return s, nil
	}
	cu, err := c.Customers.Get(v.ctx(), id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	if seen[id] = cu.Number; err != nil {
		seen[id] = v.t.T("console.audit.nobody")
	}
	return seen[id], nil
}
