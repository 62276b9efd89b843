package console

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type listsView struct {
	*visit
	Rows  []entryRow
	Pager ui.Pager
}

// entryRow is an entry of a list. What is kept as a keyed hash is named by its first
// characters: it cannot be read back.
type entryRow struct {
	risk.Entry
	KindName, Name string
	Hashed         bool
	Badge          ui.Badge
	Who            string
	Over           bool
}

// riskLists shows all entries, oldest first.
func (c *console) riskLists(v *visit) error {
	after, err := readBefore(v.query("after"))
	if err != nil {
		return err
	}
	list, err := c.Risk.Entries(v.ctx(), after, casesPage+1)
	if err != nil {
		return err
	}
	p := listsView{visit: v}
	if len(list) > casesPage {
		list = list[:casesPage]
		p.Pager = v.pager(list[casesPage-1].ID.String())
	}
	n := c.names(v)
	for _, e := range list {
		row, err := c.entryRow(v, e)
		if err != nil {
			return err
		}
		if row.Who, err = n.of(v.ctx(), e.By); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return v.render("risk-lists", v.t.T("console.risk.list.title"), p)
}

func (c *console) entryRow(v *visit, e risk.Entry) (row entryRow, err error) {
	_, subject, _ := strings.Cut(e.Subject, ":")
	row = entryRow{Entry: e, KindName: v.t.T("console.risk.list.kind." + e.Kind), Name: subject, Badge: v.listBadge(e.List), Over: !e.Expires.IsZero() && !e.Expires.After(v.now)}
	const enough = 8
	switch e.Kind {
	case "network":
	case "customer":
		id, err := ident.Parse(subject)
		if err != nil {
			return row, err
		}
		if row.Name, err = c.customerName(v, id); err != nil {
			return row, err
		}
	default:
		row.Hashed = true
		row.Name = subject[:min(len(subject), enough)] + "…"
	}
	return row, nil
}

func (v *visit) listBadge(list string) ui.Badge {
	tones := map[string]ui.Tone{"block": ui.Bad, "watch": ui.Warn, "trust": ui.Good}
	return ui.Badge{Tone: tones[list], Text: v.t.T("console.risk.list." + list)}
}

type newEntryPage struct {
	*visit
	Lists, Kinds []ui.Choice
}

// newEntry opens the form; a link may name the subject.
func (c *console) newEntry(v *visit) error {
	for _, name := range []string{"list", "kind", "subject"} {
		v.form.Set(name, v.query(name))
	}
	return c.showNewEntry(v)
}

func (c *console) showNewEntry(v *visit) error {
	p := newEntryPage{visit: v}
	for _, l := range []string{"watch", "block", "trust"} {
		p.Lists = append(p.Lists, ui.Choice{Value: l, Text: v.t.T("console.risk.list." + l)})
	}
	for _, k := range []string{"address", "network", "device", "payee", "customer"} {
		p.Kinds = append(p.Kinds, ui.Choice{Value: k, Text: v.t.T("console.risk.list.kind." + k)})
	}
	return v.narrow("risk-list-new", v.t.T("console.risk.list.new"), p)
}

// putEntry adds an entry, or renews it.
func (c *console) putEntry(v *visit) error {
	v.form.Require(v.t, "subject", v.t.T("console.risk.list.subject"))
	v.form.Require(v.t, "note", v.t.T("console.risk.list.note"))
	e := risk.Entry{List: v.form.Value("list"), Kind: v.form.Value("kind")}
	if v.form.Value("expires") != "" {
		e.Expires = v.typedDay("expires", 1)
	}
	if !v.form.OK() {
		return c.showNewEntry(v)
	}
	subject, err := c.listed(v, e.Kind)
	if err != nil {
		return err
	}
	if _, err := c.Risk.Put(v.ctx(), v.s.Actor(), e.List, e.Kind, subject, v.form.Value("note"), e.Expires); err != nil {
		return v.again(err, c.showNewEntry)
	}
	return v.done("/risk/lists", "console.risk.list.added")
}

// listed is whom or what the form names. Of a customer people know the number; the list
// has the id.
func (c *console) listed(v *visit, kind string) (subject string, err error) {
	if subject = v.form.Value("subject"); kind != "customer" {
		return subject, nil
	}
	who, err := c.Customers.GetByNumber(v.ctx(), subject)
	switch kind := fault.KindOf(err); {
	case err == nil:
		return who.ID.String(), nil
	case kind == fault.NotFound, kind == fault.Invalid:
		return subject, nil // an id, or what the list refuses
	}
	return "", err
}

// entryAct starts the page of an act on the entry in the address.
func (c *console) entryAct(v *visit) (e risk.Entry, p actPage, err error) {
	id, err := v.id("entry")
	if err != nil {
		return e, p, err
	}
	if e, err = c.Risk.Entry(v.ctx(), id); err != nil {
		return e, p, err
	}
	row, err := c.entryRow(v, e)
	p = v.act("unlist", v.t.T("console.risk.list.title"), "/risk/lists")
	p.Reason = ""
	p.Facts = []ui.Fact{
		{Name: v.t.T("console.risk.list.list"), Value: "", Badge: &row.Badge},
		{Name: row.KindName, Value: row.Name, Mono: true},
		{Name: v.t.T("console.risk.list.note"), Value: e.Note},
		{Name: v.t.T("console.risk.list.expires"), Value: v.moment(e.Expires)},
	}
	return e, p, err
}

// removeEntryForm says what taking an entry off its list does.
func (c *console) removeEntryForm(v *visit) error {
	_, p, err := c.entryAct(v)
	if err != nil {
		return err
	}
	return v.showAct(p)
}

// removeEntry takes an entry off its list.
func (c *console) removeEntry(v *visit) error {
	e, _, err := c.entryAct(v)
	if err != nil {
		return err
	}
	if err := c.Risk.Remove(v.ctx(), v.s.Actor(), e.ID); err != nil {
		return err
	}
	return v.done("/risk/lists", "console.do.unlist.done")
}
