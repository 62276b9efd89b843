package customer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// maxSharing bounds how many customers one contact may lead to.
const maxSharing = 1000

// last is above every text that begins with a prefix: the highest code point.
const last = "\U0010ffff"

// statement is the SQL of a search in the making; placeholders follow the
// arguments. One index leads: that of the ids when a contact is given, else
// number or name. The others are hidden from the planners behind an
// expression, because both of them sometimes prefer to walk a whole index in
// the order of the result (seen: 180 ms for one phone number among 200,000).
type statement struct {
	where        []string
	args         []any
	number, name string // the columns, or expressions for them
	order        string
}

// statement makes the conditions on the customer's own columns.
func (w wanted) statement(q Query) *statement {
	s := &statement{number: "number", name: "name_key"}
	if w.contacts != nil || w.byName() {
		s.number = "number || ''"
	}
	s.order = s.number
	if w.byName() {
		s.order = "name_key, number"
	} else {
		s.name = "name_key || ''"
	}
	switch {
	case len(w.number) >= MinPrefix:
		s.and(s.number+" >= %s", w.number)
		s.and(s.number+" < %s", w.number+last)
	case w.number != "":
		s.and(s.number+" = %s", w.number)
	}
	if w.name != "" {
		s.and(s.name+" >= %s", w.name)
		s.and(s.name+" < %s", w.name+last)
	}
	if q.Status != "" {
		s.and("status = %s", string(q.Status))
	}
	switch len(w.after) {
	case 1:
		s.and(s.number+" > %s", w.after[0])
	case 2:
		s.and("(name_key, number) > (%s, %s)", w.after[0], w.after[1])
	}
	return s
}

// and adds a condition; %s stands for a placeholder.
func (s *statement) and(condition string, args ...any) {
	places := make([]any, 0, len(args))
	for _, a := range args {
		s.args = append(s.args, a)
		places = append(places, "$"+strconv.Itoa(len(s.args)))
	}
	s.where = append(s.where, fmt.Sprintf(condition, places...))
}

// reached adds the condition that a contact leads to the customer.
func (s *statement) reached(tx *db.Tx, lookup []byte) error {
	ids := []any{ident.ID{1}} // nobody's: a list in SQL cannot be empty
	err := tx.Each("SELECT customer FROM contact WHERE lookup = $1 LIMIT "+strconv.Itoa(maxSharing+1), []any{lookup}, func(row db.Row) error {
		var id ident.ID
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	})
	switch {
	case err != nil:
		return err
	case len(ids) > maxSharing+1:
		return fault.Invalidf("customer.search_wide", "More than %d customers share this contact: look for a number or name instead.", maxSharing)
	}
	s.and("id IN ("+strings.TrimSuffix(strings.Repeat("%s, ", len(ids)), ", ")+")", ids...)
	return nil
}

// sql asks for one row more than the page, to learn whether there is another.
func (s *statement) sql(limit int) string {
	return "SELECT " + columns + " FROM customer WHERE " + strings.Join(s.where, " AND ") + " ORDER BY " + s.order + " LIMIT " + strconv.Itoa(limit+1)
}
