package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// Forever is the end of a block that only a reset opens.
var Forever = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Rule says when a counter blocks.
type Rule struct {
	Max       int           `yaml:"max"`        // claims in a row before a block, 1–100
	CoolDown  time.Duration `yaml:"cool_down"`  // length of a block; 0 means until reset
	MaxBlocks int           `yaml:"max_blocks"` // blocks in a row before the block is permanent; 0 means never
}

// Validate reports a rule that could not work.
func (r Rule) Validate() error {
	switch {
	case r.Max < 1 || r.Max > 100:
		return fmt.Errorf("max is %d; it must be 1 to 100", r.Max)
	case r.CoolDown < 0:
		return fmt.Errorf("cool_down is %s; it must not be negative", r.CoolDown)
	case r.MaxBlocks < 0:
		return fmt.Errorf("max_blocks is %d; it must not be negative", r.MaxBlocks)
	}
	return nil
}

// State is what a counter's columns say.
type State struct { //nolint:recvcheck // Dest fills it, the rest only look
	Count        int       // claims since the last clear
	Blocks       int       // blocks in a row
	BlockedUntil time.Time // zero: not blocked
}

// Blocked reports whether a claim at the moment now would be refused.
func (s State) Blocked(now time.Time) bool { return s.BlockedUntil.After(now) }

// Held reports whether only a reset ends the block.
func (s State) Held() bool { return s.BlockedUntil.Equal(Forever) }

// Left returns how many claims rule allows before the next block; 0 when blocked.
func (s State) Left(rule Rule, now time.Time) int {
	switch {
	case s.Blocked(now):
		return 0
	case !s.BlockedUntil.IsZero():
		return rule.Max
	}
	return max(rule.Max-s.Count, 0)
}

// Counter is the counter in the rows of one table.
type Counter struct {
	table, guard string
	until        string // column of the moment after which claims are refused; "" when none
	also         string // further assignments of a claim; "" when none
	key          []string
	claim        string // the one conditional UPDATE
	clear        string
}

// In returns the counter of table, whose rows are named by the key columns.
// A guard is a further condition in SQL without parameters, such as
// "status = 'active'"; rows that do not meet it refuse every claim. Use "" for
// none.
func In(table, guard string, key ...string) Counter {
	c := Counter{table: table, guard: guard, key: key}
	c.claim = c.claimSQL()
	c.clear = "UPDATE " + table + " SET " + Cleared + " WHERE " + c.where(1)
	return c
}

// Until returns the counter of rows that end: where column (a stored time) is
// not NULL and has passed, every claim is refused and changes nothing.
func (c Counter) Until(column string) Counter {
	c.until = column
	c.claim = c.claimSQL()
	return c
}

// Also returns the counter of rows in which a counted claim makes further
// assignments, a SET list in SQL: owners keep statistics so, without a write
// more. In it $2 is the moment of the claim.
func (c Counter) Also(set string) Counter {
	c.also = set
	c.claim = c.claimSQL()
	return c
}

// where names the row; its parameters are numbered from first.
func (c Counter) where(first int) string {
	var w []string
	for i, k := range c.key {
		w = append(w, fmt.Sprintf("%s = $%d", k, first+i))
	}
	if c.guard != "" {
		w = append(w, c.guard)
	}
	return strings.Join(w, " AND ")
}

// Columns lists the counter's columns in the order that State scans them.
const Columns = "failures, blocks, blocked_until"

// Cleared is the SET list that clears a counter; owners add columns of their own.
const Cleared = "failures = 0, blocks = 0, blocked_until = NULL"

// Dest returns where to scan Columns.
func (s *State) Dest() []any { return []any{&s.Count, &s.Blocks, &s.BlockedUntil} }

// Claim counts one attempt under rule. It reports false, and changes nothing,
// when the counter is blocked, the row is missing or has ended, or its guard fails.
func (c Counter) Claim(tx *db.Tx, rule Rule, key ...any) (bool, error) {
	until := Forever
	if rule.CoolDown > 0 {
		until = tx.Now.Add(rule.CoolDown)
	}
	n, err := tx.Exec(c.claim, append([]any{rule.Max, tx.Now, until, rule.MaxBlocks}, key...)...)
	return n == 1, err
}

func (c Counter) claimSQL() string {
	const next = "(CASE WHEN blocked_until IS NULL THEN failures + 1 ELSE 1 END)"
	also := ""
	if c.also != "" {
		also = ", " + c.also
	}
	return "UPDATE " + c.table + " SET failures = " + next + also +
		", blocks = CASE WHEN " + next + " >= $1 THEN blocks + 1 ELSE blocks END" +
		", blocked_until = CASE WHEN " + next + " < $1 THEN NULL" +
		" WHEN $4 > 0 AND blocks + 1 >= $4 THEN " + strconv.FormatInt(Forever.UnixMicro(), 10) +
		" ELSE $3 END" +
		" WHERE " + c.Open("$2") + " AND " + c.where(5)
}

// Open is the condition in SQL under which a row takes claims at the moment in
// parameter now, such as "$2": for owners whose UPDATE claims and clears at once.
// It says nothing of the key and the guard.
func (c Counter) Open(now string) string {
	open := "(blocked_until IS NULL OR blocked_until <= " + now + ")"
	if c.until != "" {
		open += " AND (" + c.until + " IS NULL OR " + c.until + " >= " + now + ")"
	}
	return open
}

// Clear forgets the attempts, after a success or by an act of the help desk. It
// reports whether the row exists and meets the guard.
func (c Counter) Clear(tx *db.Tx, key ...any) (bool, error) {
	n, err := tx.Exec(c.clear, key...)
	return n == 1, err
}
