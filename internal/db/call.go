package db

import (
	"fmt"
	"strings"
)

// want says how much of a statement's result somebody is waiting for.
type want uint8

const (
	wantCount want = iota // rows changed, for each row of arguments
	wantOne               // the first row
	wantAll               // every row
)

// call is one statement on its way to a database and back.
type call struct {
	sql  string
	want want
	own  bool      // db's own: may begin and end transactions
	args [][]value // rows of arguments: one, but for Many

	// Arguments that are encoded already; instead of args, on PostgreSQL.
	params [][]byte
	stmt   *pgStmt // on PostgreSQL

	rows    [][]value
	changed []int64 // for each row of args
	tag     string  // what PostgreSQL says it did
	done    bool    // PostgreSQL has answered
	err     error
}

// session runs the statements of one open transaction. A session that shares
// its transaction with others may keep the caller waiting for them.
type session interface {
	// do runs the call and fills in its answer.
	do(c *call)
}

// transactionWords begin the statements that a Tx has no business with: the
// transaction, and on SQLite the settings of the connection, belong to db.
var transactionWords = []string{
	"BEGIN", "START", "COMMIT", "END", "ABORT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PREPARE",
	"SET", "RESET", "DISCARD", "PRAGMA", "ATTACH", "DETACH", "VACUUM",
}

// refuse reports an error for a statement that would end or change the
// transaction. It is asked once for each text, when it is prepared.
func (c *call) refuse() error {
	if c.own {
		return nil
	}
	word, _, _ := strings.Cut(strings.TrimSpace(strings.Map(spaces, c.sql)), " ")
	for _, w := range transactionWords {
		if strings.EqualFold(strings.TrimSuffix(word, ";"), w) {
			return fmt.Errorf("db: a Tx cannot run %s: transactions belong to Read, Write and Settle", w)
		}
	}
	return nil
}

func spaces(r rune) rune {
	if r == '\n' || r == '\t' || r == '\r' {
		return ' '
	}
	return r
}
