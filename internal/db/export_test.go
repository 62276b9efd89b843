package db

import (
	"fmt"
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
