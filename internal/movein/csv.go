package movein

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// columns are the columns of a CSV file, in any order; all but number may be left
// out. Setters get no empty cells.
var columns = map[string]func(r *record, cell string){
	"number":        func(r *record, cell string) { r.number = cell },
	"name":          func(r *record, cell string) { r.name = cell },
	"locale":        func(r *record, cell string) { r.locale = cell },
	"phone":         func(r *record, cell string) { r.reach("phone", cell) },
	"email":         func(r *record, cell string) { r.reach("email", cell) },
	"post":          func(r *record, cell string) { r.reach("post", cell) },
	"verified":      (*record).verify,
	"password":      func(r *record, cell string) { r.password = cell },
	"serial":        func(r *record, cell string) { r.one().Serial = cell },
	"manufacturer":  func(r *record, cell string) { r.one().Manufacturer = cell },
	"token_name":    func(r *record, cell string) { r.one().Name = cell },
	"counter":       func(r *record, cell string) { r.one().Counter = r.integer("counter", cell) },
	"sign_counter":  func(r *record, cell string) { r.one().SignCounter = r.integer("sign_counter", cell) },
	"drift_seconds": (*record).drift,
	"pin":           func(r *record, cell string) { r.one().PIN = cell },
	"token_expires": func(r *record, cell string) { r.one().Expires = cell },
}

func (r *record) reach(kind, value string) {
	r.contacts = append(r.contacts, contact{Kind: kind, Value: value})
}

// one is the token of the row.
func (r *record) one() *legacy {
	if r.tokens == nil {
		r.tokens = []legacy{{}}
	}
	return &r.tokens[0]
}

func (r *record) integer(column, cell string) *int64 {
	n, err := strconv.ParseInt(cell, 10, 64)
	if err != nil || n < 0 {
		r.refuse("%s is not a whole number such as 1234", column)
	}
	return &n
}

func (r *record) drift(cell string) {
	seconds, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		r.refuse("drift_seconds is not a number such as -12")
	}
	r.one().Drift = &seconds
}

// verify marks the contacts of the row; it comes after all other columns.
func (r *record) verify(cell string) {
	yes := strings.EqualFold(cell, "yes") || strings.EqualFold(cell, "true") || cell == "1"
	if no := strings.EqualFold(cell, "no") || strings.EqualFold(cell, "false") || cell == "0"; !yes && !no {
		r.refuse("verified is neither yes nor no")
	}
	for i := range r.contacts {
		r.contacts[i].Verified = yes
	}
}

// table reads CSV (RFC 4180) with a line of column names. Fields are divided by
// commas, semicolons or tabs, as that line is; a field in quotes may have line breaks.
type table struct {
	in    *csv.Reader
	guard *guard
	names []string
	row   int
}

// guard fails when one row takes more than maxRow: a quote that is not closed would
// take the rest of the file into memory.
type guard struct {
	r    io.Reader
	left int
}

var errLong = errors.New("movein: a row is too long")

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errLong
	}
	n, err := g.r.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}

func newCSV(in *bufio.Reader) (source, error) {
	head, err := in.Peek(maxRow / 2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head, _, _ = bytes.Cut(head, []byte("\n"))
	t := &table{guard: &guard{r: in, left: 2 * maxRow}}
	t.in = csv.NewReader(t.guard)
	t.in.Comma, t.in.FieldsPerRecord, t.in.ReuseRecord = divider(head), -1, true
	names, err := t.in.Read()
	if err != nil || !utf8.Valid(head) {
		return nil, fileFault("its first line cannot be read: it names the columns, of which one is number.")
	}
	return t, t.header(names)
}

// divider returns what divides the column names.
func divider(head []byte) rune {
	best, most := ',', bytes.Count(head, []byte(","))
	for _, sign := range []rune{';', '\t'} {
		if n := bytes.Count(head, []byte(string(sign))); n > most {
			best, most = sign, n
		}
	}
	return best
}

func (t *table) header(names []string) error {
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
		t.names = append(t.names, name)
		if seen[name] && columns[name] != nil {
			return fileFault("the column %s is there twice.", name)
		}
		seen[name] = true
	}
	if !seen["number"] { // perhaps these are no names: nothing of them is repeated
		return fileFault("its first line must name the columns, and one of them is number, the bank's customer number.")
	}
	for _, name := range t.names {
		if columns[name] == nil {
			return fileFault("there is no column %.40q. What there is: number, name, locale, phone, email, post, verified, password, serial, manufacturer, token_name, counter, sign_counter, drift_seconds, pin, token_expires.", name)
		}
	}
	return nil
}

func (t *table) next() (*record, error) {
	t.guard.left = 2 * maxRow
	cells, err := t.in.Read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, errLong):
		return nil, fileFault("a row behind row %d is longer than %d bytes, or a quote in it is not closed.", t.row, maxRow)
	case errors.As(err, &wrong):
		t.row++
		r := &record{row: t.row, line: wrong.StartLine}
		r.refuse("the quotes in this row are wrong")
		return r, nil
	case err != nil:
		return nil, err
	}
	t.row++
	line, _ := t.in.FieldPos(0)
	r := &record{row: t.row, line: line}
	if len(cells) != len(t.names) {
		r.refuse("the row has %d fields, and there are %d columns", len(cells), len(t.names))
		return r, nil
	}
	t.fill(r, cells)
	return r, nil
}

// fill sets what the cells say, verified last.
func (t *table) fill(r *record, cells []string) {
	verified := ""
	for i, name := range t.names {
		cell := strings.TrimSpace(cells[i])
		switch {
		case !utf8.ValidString(cell):
			r.refuse("the row is not UTF-8")
		case cell == "":
		case name == "verified":
			verified = cell
		default:
			columns[name](r, cell)
		}
	}
	if verified != "" {
		columns["verified"](r, verified)
	}
}
