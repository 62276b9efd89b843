package audit

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Filter says which records somebody wants to see. Empty fields mean all. A
// customer, or an actor of the staff, has an index; what is asked for by other
// fields alone is looked for along the time.
type Filter struct {
	Customer ident.ID
	Actor    Actor  // zero for all
	Kind     string // a kind, or its beginning with a dot at the end: "token."
	Object   string
	From, To time.Time // From is included, To is not
	// Text stands in kind, object or details, in any case.
	Text string
}

// Page is a part of a list of records, newest first.
type Page struct {
	Entries []Entry
	// Next goes into the next Find; "" at the end. A page can be short, or even
	// empty, and still have a next one, when matches are rare.
	Next string
}

// Bounds of Find: the records that one statement looks at, and that one call does.
const (
	maxPage    = 500
	findWindow = 5_000
	findBudget = 100_000
)

// place is a record's place in time order.
type place struct {
	at int64 // microseconds
	id ID
}

// Find returns up to limit (1 to 500) records that match, newest first, sealed or
// not. After is the Next of the page before, or "".
func (l *Log) Find(ctx context.Context, f Filter, after string, limit int) (p Page, err error) {
	if limit < 1 || limit > maxPage {
		return p, fault.Invalidf("audit.page_size", "Ask for 1 to %d records at a time.", maxPage)
	}
	from, err := parsePlace(after)
	if err != nil {
		return p, err
	}
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		p, err = f.page(tx, from, limit)
		return err
	})
	return p, err
}

func (f Filter) page(tx *db.Tx, from *place, limit int) (p Page, err error) {
	for looked := 0; looked < findBudget; looked += findWindow {
		var end *place
		more := false
		if f.rare() {
			if end, more, err = f.window(tx, from); err != nil {
				return p, err
			}
		}
		full, err := f.collect(tx, from, end, limit, &p)
		if err != nil || full {
			return p, err
		}
		if !more {
			p.Next = ""
			return p, nil
		}
		from, p.Next = end, end.String()
	}
	return p, nil
}

// rare reports whether matches may lie far apart, because no index leads to them.
func (f Filter) rare() bool {
	return f.Text != "" || f.Kind != "" || f.Object != "" || !f.Actor.IsZero() && f.Actor.Kind != StaffKind
}

// window finds the last record that one statement should look at: the
// findWindow-th from here. Without more it is nil.
func (f Filter) window(tx *db.Tx, from *place) (end *place, more bool, err error) {
	var q query
	f.indexed(&q)
	q.before(from)
	var e place
	err = tx.Each(`SELECT at, boot, slot, seq FROM journal`+q.where()+newestFirst+` LIMIT 1 OFFSET `+q.arg(findWindow-1), q.args, func(r db.Row) error {
		more = true
		return r.Scan(&e.at, &e.id.Boot, &e.id.Slot, &e.id.Seq)
	})
	if !more {
		return nil, false, err
	}
	return &e, true, err
}

// collect adds the matches of a window to the page; full when there is no room
// for more.
func (f Filter) collect(tx *db.Tx, from, end *place, limit int, p *Page) (full bool, err error) {
	var q query
	f.indexed(&q)
	f.others(&q)
	q.before(from)
	if end != nil {
		q.and(`(at, boot, slot, seq) >= (%s, %s, %s, %s)`, end.at, end.id.Boot, end.id.Slot, end.id.Seq)
	}
	last := ""
	if f.Text == "" { // else it is not known how many rows it takes
		last = " LIMIT " + q.arg(limit-len(p.Entries))
	}
	err = tx.Each(`SELECT `+allColumns+` FROM journal`+q.where()+newestFirst+last, q.args, func(r db.Row) error {
		var e Entry
		if err := e.scan(r); err != nil || full || !f.hasText(&e) {
			return err
		}
		p.Entries = append(p.Entries, e)
		if len(p.Entries) == limit {
			full, p.Next = true, place{e.At.UnixMicro(), e.ID}.String()
		}
		return nil
	})
	return full, err
}

const newestFirst = ` ORDER BY at DESC, boot DESC, slot DESC, seq DESC`

// indexed adds the conditions that an index serves.
func (f Filter) indexed(q *query) {
	if !f.Customer.IsZero() {
		q.and(`customer = %s`, f.Customer)
	}
	if f.Actor.Kind == StaffKind {
		q.and(`substr(actor, 1, 6) = 'staff:' AND actor = %s`, f.Actor.String()) // in the words of the index journal_staff
	}
	if !f.From.IsZero() {
		q.and(`at >= %s`, f.From)
	}
	if !f.To.IsZero() {
		q.and(`at < %s`, f.To)
	}
}

// others adds the conditions that no index serves.
func (f Filter) others(q *query) {
	if !f.Actor.IsZero() && f.Actor.Kind != StaffKind {
		q.and(`actor = %s`, f.Actor.String())
	}
	if strings.HasSuffix(f.Kind, ".") {
		q.and(`substr(kind, 1, `+strconv.Itoa(len([]rune(f.Kind)))+`) = %s`, f.Kind)
	} else if f.Kind != "" {
		q.and(`kind = %s`, f.Kind)
	}
	if f.Object != "" {
		q.and(`object = %s`, f.Object)
	}
}

func (f Filter) hasText(e *Entry) bool {
	if f.Text == "" {
		return true
	}
	fold := func(s string) string { return strings.Map(unicode.ToLower, s) }
	text := fold(f.Text)
	return strings.Contains(fold(e.Kind), text) || strings.Contains(fold(e.Object), text) ||
		bytes.Contains(bytes.Map(unicode.ToLower, e.Details), []byte(text))
}

// query builds a WHERE with numbered arguments.
type query struct {
	conds []string
	args  []any
}

func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

func (q *query) and(cond string, args ...any) {
	names := make([]any, len(args))
	for i, a := range args {
		names[i] = q.arg(a)
	}
	q.conds = append(q.conds, fmt.Sprintf(cond, names...))
}

func (q *query) before(p *place) {
	if p != nil {
		q.and(`(at, boot, slot, seq) < (%s, %s, %s, %s)`, p.at, p.id.Boot, p.id.Slot, p.id.Seq)
	}
}

func (q *query) where() string {
	if len(q.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.conds, " AND ")
}

// String is the form that callers carry from page to page.
func (p place) String() string { return strconv.FormatInt(p.at, 36) + "." + p.id.String() }

func parsePlace(s string) (*place, error) {
	if s == "" {
		return nil, nil // no place is the start
	}
	at, id, _ := strings.Cut(s, ".")
	var p place
	var err1, err2 error
	p.at, err1 = strconv.ParseInt(at, 36, 64)
	p.id, err2 = ParseID(id)
	if err1 != nil || err2 != nil || p.String() != s {
		return nil, fault.Invalidf("audit.page", "This is not a page of the audit log. Start again from the first page.")
	}
	return &p, nil
}
