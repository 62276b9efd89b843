package db

import (
	"fmt"
	"math"
	"strings"
)

// Units of a group usually stand at the same statement, and the rows of Many
// always do. Where the statement is simple enough, PostgreSQL gets it in a bulk
// form that takes arrays, and does all rows in one execution.
//
// The result is the same as that of one statement after the other. A bulk INSERT
// stores all rows or fails. A bulk UPDATE is used only where the WHERE clause
// fixes a unique key by parameters, and rows with equal parameters there do not
// travel together: so each row of arguments has a row of the table to itself,
// and what happens to one cannot matter to another.

// From leastBulk rows on, a bulk form is worth it; mostBulk bounds a message.
const (
	leastBulk = 4
	mostBulk  = 1000
)

// bulk is the bulk form of a statement.
type bulk struct {
	sql  string
	key  []int // parameters that fix a unique key; nil for an INSERT
	ways bool  // an UPDATE, which says which rows it found
}

// arrays are the types of parameters that bulk forms can have.
var arrays = map[uint32]string{
	oidBool: "boolean[]", oidBytea: "bytea[]", oidInt2: "smallint[]", oidInt4: "integer[]", oidInt8: "bigint[]",
	oidText: "text[]", oidVarchar: "varchar[]", oidFloat8: "double precision[]",
}

// load is a call in bulk form, and where its rows come from.
type load struct {
	call *call
	form *bulk
	rows []sent
	keys map[string]bool
}

// merge puts the rows of calls with the same text together. It returns the calls
// to run instead. Calls never move across db's own, such as COMMIT, and rows
// with the same key keep their order.
func (p *pgConn) merge(calls []*call) (out []*call, loads []*load) {
	open := map[string]*load{}
	for _, c := range calls {
		if c.own {
			clear(open)
		}
		if c.err != nil || c.want != wantCount || c.stmt.bulk == nil || !c.loadable() {
			out = append(out, c)
			continue
		}
		for i := range c.args {
			l := open[c.sql]
			if l == nil || !l.takes(c, i) {
				l = newLoad(c.stmt.bulk)
				open[c.sql] = l
				out, loads = append(out, l.call), append(loads, l)
				l.takes(c, i)
			}
			l.rows = append(l.rows, sent{c, i})
		}
	}
	return out, loads
}

func newLoad(form *bulk) *load {
	l := &load{call: &call{sql: form.sql, own: true}, form: form}
	if form.ways {
		l.call.want = wantAll
		l.keys = map[string]bool{}
	}
	return l
}

// takes reports whether the row may travel with the others, and notes its key.
func (l *load) takes(c *call, i int) bool {
	if len(l.rows) == mostBulk {
		return false
	}
	if !l.form.ways {
		return true
	}
	var key []byte
	for _, k := range l.form.key {
		v := c.args[i][k]
		key = append(key, byte(v.kind))
		key = be.AppendUint64(key, uint64(v.n)) //nolint:gosec // two's complement
		key = be.AppendUint32(key, uint32(len(v.s)+len(v.b)))
		key = append(append(key, v.s...), v.b...)
	}
	if l.keys[string(key)] {
		return false
	}
	l.keys[string(key)] = true
	return true
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
	if l.call.done && l.call.err == nil {
		l.call.err = l.answer()
	}
	if l.call.err == nil {
		return
	}
	several := l.rows[len(l.rows)-1].c != l.rows[0].c
	for _, r := range l.rows {
		switch {
		case r.c.err != nil:
		case several:
			r.c.err = errSkipped
		default:
			r.c.err = l.call.err
		}
	}
}

// answer says of each row whether it was stored or found.
func (l *load) answer() error {
	if l.form.ways {
		for _, found := range l.call.rows {
			r := l.rows[found[0].n-1]
			r.c.changed[r.i]++
		}
	} else if l.call.changed[0] != int64(len(l.rows)) {
		return fmt.Errorf("db: %d of %d rows were stored", l.call.changed[0], len(l.rows))
	}
	for _, r := range l.rows {
		if !l.form.ways {
			r.c.changed[r.i] = 1
		}
		r.c.done = r.i == len(r.c.args)-1
	}
	return nil
}

// source is the table expression that the arrays make: a_ with the columns p1_,
// p2_, … and, for an UPDATE, n_ that counts from 1. ok is false when a parameter
// has a type that db has no array for.
func source(params []uint32) (from string, ok bool) {
	var columns, names []string
	for i, oid := range params {
		if arrays[oid] == "" {
			return "", false
		}
		columns = append(columns, fmt.Sprintf("$%d::%s", i+1, arrays[oid]))
		names = append(names, fmt.Sprintf("p%d_", i+1))
	}
	return fmt.Sprintf("unnest(%s) WITH ORDINALITY AS a_ (%s, n_)", strings.Join(columns, ", "), strings.Join(names, ", ")), len(params) > 0
}
