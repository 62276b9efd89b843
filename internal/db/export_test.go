package db

import (
	"context"
	"fmt"
	"math"
)

// LimitPages makes SQLite's writer refuse to let the file grow beyond n pages, as
// a full disk does. 0 lifts the limit. Call it inside a Write.
func LimitPages(tx *Tx, n int) error {
	if n == 0 {
		n = 1 << 30
	}
	l, ok := tx.s.(*liteConn)
	if !ok {
		return fmt.Errorf("%T is no SQLite", tx.s)
	}
	return l.script(fmt.Sprintf("PRAGMA max_page_count = %d", n))
}

// BulkForm is the text that PostgreSQL gets for many rows of a statement with n
// BIGINT parameters on a table whose unique keys are (id) and (a, b); "" when
// each row travels alone.
func BulkForm(sql string, n int) string {
	params := make([]uint32, n)
	for i := range params {
		params[i] = oidInt8
	}
	form := insertForm(sql, params)
	if form == nil {
		form, _ = updateForm(sql, params, func(string) ([][]string, error) { return [][]string{{"id"}, {"a", "b"}}, nil })
	}
	if form == nil {
		return ""
	}
	return form.sql
}

// CopyLogFrom makes SQLite's log be copied from so many pages on; 0 for never.
func CopyLogFrom(d *DB, pages int) error {
	return d.Write(context.Background(), func(*Tx) error { // the writer waits meanwhile
		if e, ok := d.engine.(*lite); ok {
			e.wal.enough = pages
			if pages == 0 {
				e.wal.enough = math.MaxInt / lateLog
			}
			e.wal.late = lateLog * e.wal.enough
		}
		return nil
	})
}
