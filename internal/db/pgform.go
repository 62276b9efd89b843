package db

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file reads SQL, but only as much as it takes to recognize the two plain
// forms; whatever it does not understand has no bulk form. Texts with further
// clauses are not plain, nor are those with quotes or subqueries, but for two
// things that guards of an UPDATE need: a literal of small letters, and at the end
// a look at one row of another table, which the statement does not change.
var (
	plainInsert = regexp.MustCompile(`(?i)^\s*(INSERT INTO \w+ \([\w\s,]+\))\s*VALUES\s*\(([^'";]+)\)\s*$`)
	plainUpdate = regexp.MustCompile(`(?i)^\s*UPDATE\s+(\w+)\s+SET\s+([^'";]+?)\s+WHERE\s+((?:[^'";]|'[a-z]+')+?)\s*$`)
	looksAside  = regexp.MustCompile(`(?is)^(.+?)\s+AND\s+EXISTS\s*\(SELECT 1 FROM (\w+) WHERE ([^()]+)\)$`)
	parameter   = regexp.MustCompile(`\$(\d+)`)
	notPlain    = regexp.MustCompile(`(?i)\b(SELECT|DEFAULT|FROM|RETURNING|WHERE|CURRENT|\w+_)\b|--|/\*`)
	notSimple   = regexp.MustCompile(`(?i)\b(OR|BETWEEN|CASE)\b`)
	conjunction = regexp.MustCompile(`(?i)\bAND\b`)
	equality    = regexp.MustCompile(`^\s*(\w+)\s*=\s*\$(\d+)\s*$`)
)

// insertForm is the bulk form of a plain INSERT, nil when it is none.
func insertForm(sql string, params []uint32) *bulk {
	parts := plainInsert.FindStringSubmatch(sql)
	if parts == nil || notPlain.MatchString(parts[2]) || !balanced(parts[2]) {
		return nil
	}
	from, ok := source(params)
	if !ok {
		return nil
	}
	return &bulk{sql: fmt.Sprintf("%s SELECT %s FROM %s", parts[1], substitute(parts[2]), from)}
}

// updateForm is the bulk form of a plain UPDATE, nil when it is none or when its
// WHERE clause fixes none of the unique keys of the table by parameters.
func updateForm(sql string, params []uint32, keys func(table string) ([][]string, error)) (*bulk, error) {
	parts := plainUpdate.FindStringSubmatch(sql)
	if parts == nil {
		return nil, nil
	}
	aside := ""
	if p := looksAside.FindStringSubmatch(parts[3]); p != nil && !strings.EqualFold(p[2], parts[1]) && !notPlain.MatchString(p[3]) {
		parts[3], aside = p[1], fmt.Sprintf(" AND EXISTS (SELECT 1 FROM %s WHERE %s)", p[2], substitute(p[3]))
	}
	if notPlain.MatchString(parts[2]+" "+parts[3]) || !balanced(parts[2]) || !balanced(parts[3]) {
		return nil, nil
	}
	from, ok := source(params)
	fixed := equalities(parts[3])
	for _, column := range assigned(parts[2]) {
		if column == "" {
			return nil, nil
		}
		delete(fixed, column) // a row that gets another key may be the next one's
	}
	if !ok || len(fixed) == 0 {
		return nil, nil
	}
	unique, err := keys(parts[1])
	if err != nil {
		return nil, err
	}
	for _, columns := range unique {
		if key := choose(fixed, columns); key != nil {
			return &bulk{key: key, ways: true, sql: fmt.Sprintf("UPDATE %s SET %s FROM %s WHERE %s%s RETURNING a_.n_",
				parts[1], substitute(parts[2]), from, substitute(parts[3]), aside)}, nil
		}
	}
	return nil, nil
}

// substitute puts the columns of the source where the parameters were.
func substitute(s string) string { return parameter.ReplaceAllString(s, "a_.p${1}_") }

// balanced reports whether every parenthesis in s has its partner in s.
func balanced(s string) bool {
	_, ok := flat(s)
	return ok
}

// flat is s without what stands in parentheses.
func flat(s string) (string, bool) {
	var out strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth == 0:
			out.WriteRune(r)
		}
		if depth < 0 {
			return "", false
		}
	}
	return out.String(), depth == 0
}

// equalities finds the columns that a WHERE clause fixes: the parts "column =
// $n" of a conjunction. The values are parameters, from 0.
func equalities(where string) map[string]int {
	top, ok := flat(where)
	if !ok || notSimple.MatchString(top) {
		return nil
	}
	fixed := map[string]int{}
	for _, part := range conjunction.Split(top, -1) {
		if m := equality.FindStringSubmatch(part); m != nil {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				return nil
			}
			fixed[strings.ToLower(m[1])] = n - 1
		}
	}
	return fixed
}

// assigned finds the columns that a SET clause changes one by one. A list of
// columns in parentheses leaves "", and such an UPDATE has no bulk form.
func assigned(set string) (columns []string) {
	top, _ := flat(set)
	for part := range strings.SplitSeq(top, ",") {
		column, _, _ := strings.Cut(part, "=")
		columns = append(columns, strings.ToLower(strings.TrimSpace(column)))
	}
	return columns
}

// choose gives the parameters of a unique key, nil when one of its columns is
// not fixed.
func choose(fixed map[string]int, columns []string) (key []int) {
	for _, c := range columns {
		k, ok := fixed[c]
		if !ok {
			return nil
		}
		key = append(key, k)
	}
	slices.Sort(key)
	return key
}

// uniqueKeys asks for the columns of every unique index of a table that holds
// at all times and for all rows.
const uniqueKeys = `SELECT CAST(STRING_AGG(a.attname, ' ') AS TEXT)
	FROM pg_index x, UNNEST(CAST(x.indkey AS INT2[])) WITH ORDINALITY AS k (col, n), pg_attribute a
	WHERE x.indrelid = to_regclass($1) AND x.indisunique AND x.indimmediate AND x.indisvalid
		AND x.indpred IS NULL AND x.indexprs IS NULL
		AND k.n <= x.indnkeyatts AND a.attrelid = x.indrelid AND a.attnum = k.col
	GROUP BY x.indexrelid`

// keys runs that query. It is needed once for each text and connection.
func (p *pgConn) keys(table string) (keys [][]string, err error) {
	c := &call{sql: uniqueKeys, own: true, want: wantAll, args: [][]value{{textValue(strings.ToLower(table))}}}
	if err := p.prepare(c); err != nil {
		return nil, err
	}
	if err := p.send([]*call{c}); err != nil {
		return nil, err
	}
	if c.err != nil {
		return nil, p.lost(c.err) // a server that has no such catalog is none of ours
	}
	for _, r := range c.rows {
		keys = append(keys, strings.Fields(r[0].s))
	}
	return keys, nil
}
