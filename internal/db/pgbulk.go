package db

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

// A plain INSERT … VALUES ($1, …) has a bulk form on PostgreSQL, which takes
// arrays and stores all rows at once at a third of the price. Units of a group
// usually stand at the same statement, so their rows travel in one; so do the
// rows of Many, and the audit records of a commit.
//
// There is none for INSERTs with ON CONFLICT or RETURNING, because their bulk
// form could not say what became of which row.

// bulkRows is how many rows share a statement: fewer are cheaper one by one,
// more would make large messages.
const (
	leastBulk = 4
	mostBulk  = 1000
)

var (
	plainInsert = regexp.MustCompile(`^\s*(INSERT INTO \w+ \([\w\s,]+\))\s*VALUES \(([^'";]+)\)\s*$`)
	parameter   = regexp.MustCompile(`\$(\d+)`)
	noValue     = regexp.MustCompile(`(?i)\b(SELECT|DEFAULT)\b`) // means something else outside of VALUES
)

// arrays are the types of parameters that bulk forms can have.
var arrays = map[uint32]string{
	oidBool: "boolean[]", oidBytea: "bytea[]", oidInt2: "smallint[]", oidInt4: "integer[]", oidInt8: "bigint[]",
	oidText: "text[]", oidVarchar: "varchar[]", oidFloat8: "double precision[]",
}

// bulkForm rewrites a plain INSERT; "" when it is none.
func bulkForm(sql string, params []uint32) string {
	parts := plainInsert.FindStringSubmatch(sql)
	if parts == nil || len(params) == 0 || noValue.MatchString(parts[2]) || !balanced(parts[2]) {
		return ""
	}
	var columns, names []string
	for i, oid := range params {
		if arrays[oid] == "" {
			return ""
		}
		columns = append(columns, fmt.Sprintf("$%d::%s", i+1, arrays[oid]))
		names = append(names, fmt.Sprintf("p%d", i+1))
	}
	return fmt.Sprintf("%s SELECT %s FROM unnest(%s) AS a (%s)",
		parts[1], parameter.ReplaceAllString(parts[2], "a.p$1"), strings.Join(columns, ", "), strings.Join(names, ", "))
}

// balanced reports whether s is one list of values and not "1), (2".
func balanced(s string) bool {
	depth := 0
	for _, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}

// load is a call in bulk form, and where its rows come from.
type load struct {
	call *call
	rows []sent
}

// merge puts the rows of calls with the same plain INSERT together. It returns
// the calls to run instead. Calls never move across BEGIN and COMMIT.
func (p *pgConn) merge(calls []*call) (out []*call, loads []*load) {
	open := map[string]*load{}
	for _, c := range calls {
		if c.own {
			clear(open)
		}
		if c.err != nil || c.stmt.bulk == "" || !c.loadable() {
			out = append(out, c)
			continue
		}
		for i := range c.args {
			l := open[c.sql]
			if l == nil || len(l.rows) == mostBulk {
				l = &load{call: &call{sql: c.stmt.bulk, own: true}}
				open[c.sql] = l
				out, loads = append(out, l.call), append(loads, l)
			}
			l.rows = append(l.rows, sent{c, i})
		}
	}
	return out, loads
}

// loadable reports whether all arguments have the binary form that arrays need.
func (c *call) loadable() bool {
	for _, args := range c.args {
		if len(args) != len(c.stmt.params) {
			return false
		}
		for i, v := range args {
			oid := c.stmt.params[i]
			isText := oid == oidText || oid == oidVarchar
			if v.kind != null && (isText != (v.kind == text) || v.format(oid) == 0 && !isText) {
				return false
			}
		}
	}
	return true
}

// pack encodes the rows as one array for each parameter: dimensions, whether
// there are NULLs, the element type, length, lower bound, and each element with
// its length, -1 for NULL (array_recv).
func (l *load) pack() error {
	n := len(l.rows)
	params := l.rows[0].c.stmt.params
	l.call.args = [][]value{nil}
	l.call.params = make([][]byte, len(params))
	for k, oid := range params {
		b := make([]byte, 0, 20+n*24)
		for _, word := range []uint32{1, 1, oid, uint32(n), 1} { //nolint:gosec // at most mostBulk
			b = be.AppendUint32(b, word)
		}
		for _, r := range l.rows {
			v := r.c.args[r.i][k]
			if v.kind == null {
				b = be.AppendUint32(b, math.MaxUint32)
				continue
			}
			at := len(b)
			b = append(b, 0, 0, 0, 0)
			var err error
			if b, err = v.encode(b, oid); err != nil {
				return fmt.Errorf("db: argument $%d: %w", k+1, err)
			}
			be.PutUint32(b[at:], uint32(len(b)-at-4)) //nolint:gosec // bounded by memory
		}
		l.call.params[k] = b
	}
	return nil
}

// unload gives the rows their answers. When rows of several calls failed
// together, nobody knows whose fault it was: all count as not run.
func (l *load) unload() {
	first := l.rows[0].c
	several := l.rows[len(l.rows)-1].c != first
	for _, r := range l.rows {
		switch {
		case l.call.err == nil && len(l.call.changed) == 1 && l.call.changed[0] == int64(len(l.rows)):
			r.c.changed[r.i] = 1
			r.c.done = r.i == len(r.c.args)-1
		case r.c.err != nil:
		case l.call.err != nil && several:
			r.c.err = errSkipped
		case l.call.err != nil:
			r.c.err = l.call.err
		case l.call.done:
			r.c.err = fmt.Errorf("db: %d of %d rows were stored", l.call.changed[0], len(l.rows))
		}
	}
}
