package app

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/movein"
)

type customerImportCmd struct {
	File         string `arg:"" help:"CSV with a line of column names, or JSON, one object a line; - for standard input. See docs/operating/moving-in.md."`
	DryRun       bool   `help:"Only say what would happen. Needs no running server; without a configuration the file alone is looked at."`
	JSON         bool   `name:"json" help:"Print the report of every row as JSON."`
	AllOrNothing bool   `help:"Import nothing unless every row can be taken. On SQLite logins wait meanwhile: use it on a quiet system."`
}

// Run imports the file.
func (i customerImportCmd) Run(e *env, c *cli) error {
	if i.File == "-" && i.AllOrNothing {
		return errReadTwice()
	}
	out := newReportWriter(e.stdout, i.JSON)
	bar := e.progress("importing")
	size := fileSize(i.File)
	sum, err := i.run(e, c, movein.Import{
		Name: i.File, AllOrNothing: i.AllOrNothing, Now: e.now(), Open: e.opener(i.File),
		Sink:     func(r movein.Row) error { return out.add(r, plainRow(r)) },
		Progress: func(_, offset int64) { bar.set("bytes", offset, size) },
	})
	bar.end()
	return errors.Join(err, out.close(struct {
		movein.Summary

		DryRun bool `json:"dry_run"`
	}{sum, i.DryRun}, i.plain(sum)))
}

func (i customerImportCmd) run(e *env, c *cli, in movein.Import) (movein.Summary, error) {
	s, err := e.setup(c)
	if err != nil {
		if i.DryRun && c.Config == "" { // without a configuration, a dry run looks at the file alone
			return movein.Examine(e.ctx, in)
		}
		return movein.Summary{}, err
	}
	a, err := s.openTools(e.ctx)
	if err != nil {
		return movein.Summary{}, err
	}
	defer a.Close() //nolint:errcheck // nothing more to lose
	in.Set = a.Policies.Active()
	if i.DryRun {
		return a.Mover.DryRun(e.ctx, in)
	}
	return a.Mover.ImportFile(e.ctx, audit.System("cli"), in)
}

// plainRow tells of a row that was not created.
func plainRow(r movein.Row) string {
	if r.Result == movein.Created {
		return ""
	}
	return strings.Join(strings.Fields(fmt.Sprintf("row %d: %s %s: %s", r.Row, r.Number, r.Result, r.Reason)), " ")
}

// plain is the reconciliation for people.
func (i customerImportCmd) plain(s movein.Summary) string {
	word, are := "Took", "are"
	if i.DryRun {
		word, are = "Would take", "would be"
	}
	lines := []string{
		fmt.Sprintf("%s %d of %d rows: %d new customers, %d contacts, %d tokens, %s.", word, s.Created, s.Rows(), s.Customers, s.Contacts, s.Tokens, passwords(s)),
		fmt.Sprintf("Of the others %d %s refused, %d are duplicates and %d were here already.", s.Refused, are, s.Duplicate, s.Unchanged),
	}
	if s.Missing > 0 {
		lines = append(lines, fmt.Sprintf("Tokens of the other server that are not here: %d. Import their keys (countersign token import), and this file again.", s.Missing))
	}
	return strings.Join(append(lines, "Report SHA-256 "+s.Digest), "\n")
}

// passwords counts by family: "2 passwords (1 argon2, 1 bcrypt)".
func passwords(s movein.Summary) string {
	var total int64
	var each []string
	for _, family := range slices.Sorted(maps.Keys(s.Passwords)) {
		total += s.Passwords[family]
		each = append(each, fmt.Sprintf("%d %s", s.Passwords[family], family))
	}
	if total == 0 {
		return "no passwords"
	}
	return fmt.Sprintf("%d passwords (%s)", total, strings.Join(each, ", "))
}
