package held

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Table says what a package keeps of a person in one of its tables. Columns stand in texts,
// separated by blanks.
type Table struct {
	Name string
	// Where finds the rows of a person, whose id is $1; "customer = $1" when empty.
	Where string
	// Show lists what is handed out. A name may be followed by :time, :json, or :LABEL of a sealed
	// column, whose row is named by the column id. Columns that end in _at are times.
	Show string
	// Withheld lists what would let somebody act as the person, and Inner what says nothing of them.
	Withheld, Inner string
	// Elsewhere says where a table is handed out that has a form of its own; then it shows
	// nothing here.
	Elsewhere string
}

// Column is a column as Show has it.
type Column struct{ Name, Form string }

const (
	formTime = "time"
	formJSON = "json"
)

// Shown returns the columns that are handed out.
func (t Table) Shown() (all []Column) {
	for _, f := range strings.Fields(t.Show) {
		name, form, _ := strings.Cut(f, ":")
		if form == "" && strings.HasSuffix(name, "_at") {
			form = formTime
		}
		all = append(all, Column{name, form})
	}
	return all
}

// Knows reports whether a table says what becomes of a column.
func (t Table) Knows(column string) bool {
	hidden := slices.Concat(strings.Fields(t.Withheld), strings.Fields(t.Inner))
	return t.Elsewhere != "" || slices.Contains(hidden, column) || slices.ContainsFunc(t.Shown(), func(c Column) bool { return c.Name == column })
}

// Row is one row as it is handed out, by the names of its columns. What is not there is left out.
type Row map[string]any

// Report is what is kept of a person, by table. Tables without rows are not in it.
type Report map[string][]Row

// Read gathers what is kept of a person. The rows of a table come in the order of their first
// two columns.
func Read(tx *db.Tx, ring *keyring.Ring, tables []Table, person ident.ID) (Report, error) {
	all := Report{}
	for _, t := range tables {
		if t.Elsewhere != "" {
			continue
		}
		rows, err := t.read(tx, ring, person)
		if err != nil {
			return nil, fmt.Errorf("held: %s: %w", t.Name, err)
		}
		if len(rows) > 0 {
			all[t.Name] = rows
		}
	}
	return all, nil
}

func (t Table) read(tx *db.Tx, ring *keyring.Ring, person ident.ID) (rows []Row, err error) {
	columns := t.Shown()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	where := t.Where
	if where == "" {
		where = "customer = $1"
	}
	err = tx.Each("SELECT "+strings.Join(names, ", ")+" FROM "+t.Name+" WHERE "+where+" ORDER BY "+strings.Join(names[:min(2, len(names))], ", "), []any{person}, func(r db.Row) error {
		cells := make([]cell, len(columns))
		dest := make([]any, len(columns))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := r.Scan(dest...); err != nil {
			return err
		}
		row, err := t.row(ring, columns, cells)
		rows = append(rows, row)
		return err
	})
	return rows, err
}

func (t Table) row(ring *keyring.Ring, columns []Column, cells []cell) (Row, error) {
	row := Row{}
	var id ident.ID
	for i, c := range columns {
		if b, ok := cells[i].any.([]byte); ok && c.Name == "id" && len(b) == len(id) {
			copy(id[:], b)
		}
	}
	for i, c := range columns {
		v, err := cells[i].value(ring, c.Form, id)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		if v != nil {
			row[c.Name] = v
		}
	}
	return row, nil
}

// cell is a value as the database has it.
type cell struct{ any }

// Scan implements what db asks for.
func (c *cell) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		src = slices.Clone(b)
	}
	c.any = src
	return nil
}

// value is what people may read of a cell; nil for nothing.
func (c *cell) value(ring *keyring.Ring, form string, id ident.ID) (any, error) {
	b, isBytes := c.any.([]byte)
	n, isNumber := c.any.(int64)
	s, isText := c.any.(string)
	switch {
	case c.any == nil, isText && s == "", isBytes && len(b) == 0:
		return nil, nil
	case form == formTime && isNumber:
		return time.UnixMicro(n).UTC(), nil
	case form == formJSON && (isBytes || isText):
		if isText {
			b = []byte(s)
		}
		if !json.Valid(b) {
			return string(b), nil
		}
		return json.RawMessage(b), nil
	case form != "" && form != formTime && isBytes:
		plain, err := ring.Open(form, id, b)
		return string(plain), err
	case isBytes && len(b) == len(ident.ID{}):
		return ident.ID(b), nil
	case isBytes:
		return hex.EncodeToString(b), nil
	}
	return c.any, nil
}
