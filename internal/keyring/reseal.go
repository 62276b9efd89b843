package keyring

import (
	"context"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Column names a column of sealed values. Every package that stores sealed values
// exports its columns, so that keys can be rotated.
type Column struct {
	Label  string   // as given to Seal
	Table  string   // a plain SQL name, like the two below
	Key    []string // the columns of the primary key, in its order
	Column string   // the sealed values; NULL is skipped
	// ID gives the row id that was given to Seal, from the values of the key
	// columns ([]byte, string or int64). Nil when it is the first key column.
	ID func(key []any) ident.ID
}

// Progress tells how far a column's re-sealing is.
type Progress struct {
	Column Column
	Done   int64 // values moved in this run
	Total  int64 // values that had to be moved when this run began
}

// batchSize is how many values are moved in one transaction: enough to make
// the commit cheap, and short enough not to hold up logins.
const batchSize = 256

var sqlName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Reseal moves every value of the columns that is not under the active key to the
// active key, in batches, and calls progress after each (may be nil). It can be
// broken off and repeated: moved values are told by their key number. A value
// that changes at the same time is left to whoever changed it. Nodes learn of a
// rotation within a second and may seal under the old key until then, so repeat
// it once if the rotation was just now. A value that cannot be opened stops it.
func (r *Ring) Reseal(ctx context.Context, columns []Column, by string, progress func(Progress)) error {
	if err := r.Refresh(ctx); err != nil {
		return err
	}
	for _, c := range columns {
		if err := c.check(); err != nil {
			return err
		}
		run := &resealing{r: r, c: c, p: Progress{Column: c}, prefix: r.activePrefix()}
		if err := run.all(ctx, by, progress); err != nil {
			return err
		}
	}
	return nil
}

// check makes sure that the names can stand in SQL text.
func (c Column) check() error {
	for _, name := range append([]string{c.Table, c.Column}, c.Key...) {
		if !sqlName.MatchString(name) {
			return fmt.Errorf("reseal: %q of %s.%s is not a plain SQL name", name, c.Table, c.Column)
		}
	}
	if len(c.Key) == 0 {
		return fmt.Errorf("reseal: %s.%s names no key column", c.Table, c.Column)
	}
	return nil
}

// activePrefix is how values under the active key begin.
func (r *Ring) activePrefix() []byte {
	return binary.BigEndian.AppendUint32([]byte{sealVersion}, r.keys.Load().active.number)
}

// resealing is one column being moved.
type resealing struct {
	r      *Ring
	c      Column
	p      Progress
	prefix []byte
	after  []any // key of the last row seen; nil at the start
}

// sealedRow is a row to be moved.
type sealedRow struct {
	key   []any
	value []byte
}

func (x *resealing) all(ctx context.Context, by string, progress func(Progress)) error {
	err := x.r.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(fmt.Sprintf(`SELECT count(*) FROM %s WHERE substr(%s, 1, 5) <> $1`, x.c.Table, x.c.Column), x.prefix).Scan(&x.p.Total)
	})
	if err != nil || x.p.Total == 0 {
		return err
	}
	for more := true; more && err == nil; {
		if more, err = x.batch(ctx); err == nil && more && progress != nil {
			progress(x.p)
		}
	}
	if err != nil {
		return err
	}
	return x.r.db.Write(ctx, func(tx *db.Tx) error {
		record(tx, KindResealed, by, x.c.Table+"."+x.c.Column, map[string]any{"values": x.p.Done, "key": binary.BigEndian.Uint32(x.prefix[1:])})
		return nil
	})
}

// batch moves the next rows; false when there are none.
func (x *resealing) batch(ctx context.Context) (more bool, err error) {
	var moved int64
	var last []any
	err = x.r.db.Write(ctx, func(tx *db.Tx) error {
		moved, last = 0, nil
		rows, err := x.rows(tx)
		if err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].key
		moved, err = x.move(tx, rows)
		return err
	})
	if err != nil || last == nil {
		return false, err
	}
	x.p.Done += moved
	x.after = last
	return true, nil
}

// rows reads the next rows that are not under the active key.
func (x *resealing) rows(tx *db.Tx) (rows []sealedRow, err error) {
	args := append([]any{x.prefix, batchSize}, x.after...)
	where := ""
	if x.after != nil {
		where = fmt.Sprintf("AND (%s) > (%s)", strings.Join(x.c.Key, ", "), placeholders(3, len(x.c.Key)))
	}
	keys := strings.Join(x.c.Key, ", ")
	q := fmt.Sprintf(`SELECT %[1]s, %[2]s FROM %[3]s WHERE substr(%[2]s, 1, 5) <> $1 %[4]s ORDER BY %[1]s LIMIT $2`, keys, x.c.Column, x.c.Table, where)
	err = tx.Each(q, args, func(r db.Row) error {
		row, err := scanSealed(r, len(x.c.Key))
		rows = append(rows, row)
		return err
	})
	return rows, err
}

// move re-seals rows by compare-and-swap.
func (x *resealing) move(tx *db.Tx, rows []sealedRow) (moved int64, err error) {
	updates := make([][]any, len(rows))
	for i, row := range rows {
		id, err := x.c.rowID(row.key)
		if err != nil {
			return 0, err
		}
		plain, err := x.r.Open(x.c.Label, id, row.value)
		if err != nil {
			return 0, err
		}
		updates[i] = append([]any{x.r.Seal(x.c.Label, id, plain), row.value}, row.key...)
		clear(plain)
	}
	q := fmt.Sprintf(`UPDATE %[1]s SET %[2]s = $1 WHERE %[2]s = $2 AND (%[3]s) = (%[4]s)`,
		x.c.Table, x.c.Column, strings.Join(x.c.Key, ", "), placeholders(3, len(x.c.Key)))
	counts, err := tx.Many(q, updates)
	for _, n := range counts {
		moved += n
	}
	return moved, err
}

func (c Column) rowID(key []any) (id ident.ID, err error) {
	if c.ID != nil {
		return c.ID(key), nil
	}
	if err := id.Scan(key[0]); err != nil {
		return id, fmt.Errorf("reseal %s.%s: the first key column is no id: %w", c.Table, c.Column, err)
	}
	return id, nil
}

// placeholders returns "$from, $from+1, …", n of them.
func placeholders(from, n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(s, ", ")
}

// cell keeps a column's value as it comes.
type cell struct{ v any }

// Scan keeps src, and a copy of its bytes.
func (c *cell) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		src = slices.Clone(b)
	}
	c.v = src
	return nil
}

func scanSealed(r db.Row, keys int) (row sealedRow, err error) {
	cells := make([]cell, keys)
	dest := make([]any, 0, keys+1)
	for i := range cells {
		dest = append(dest, &cells[i])
	}
	err = r.Scan(append(dest, &row.value)...)
	for _, c := range cells {
		row.key = append(row.key, c.v)
	}
	return row, err
}
