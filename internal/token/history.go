package token

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Past is an import as the history tells it.
type Past struct {
	ID      ident.ID
	Name    string // of the file
	State   string // running, done or failed
	Whole   bool   // all or nothing
	Summary        // Digest is empty here; see Report
	File    []byte // SHA-256 of the file; nil unless it was read to the end
	Report  []byte // SHA-256 of the report's rows; nil while it runs
	By      string // who imported
	Reason  string // why it failed
	Created time.Time
	Ended   time.Time // zero while it runs, or when its node died
}

const pastColumns = "id, name, state, mode, imported, duplicate, refused, file, report, imported_by, reason, created_at, ended_at"

func (p *Past) scan(r db.Row) error {
	var mode string
	err := r.Scan(&p.ID, &p.Name, &p.State, &mode, &p.Imported, &p.Duplicate, &p.Refused, &p.File, &p.Report, &p.By, &p.Reason, &p.Created, &p.Ended)
	p.Whole = mode == "whole"
	return err
}

// Imports returns up to limit (1 to 200) imports, newest first. After is next of
// the page before, "" for the first; next is "" on the last page.
func (t *Tokens) Imports(ctx context.Context, after string, limit int) (all []Past, next string, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", fault.Invalidf("token.limit", "A page has 1 to 200 imports.").WithField("limit")
	}
	at, id, err := readPlace(after)
	if err != nil {
		return nil, "", err
	}
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT `+pastColumns+` FROM token_import WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`,
			[]any{at, id[:], limit + 1}, func(r db.Row) error {
				var p Past
				err := p.scan(r)
				all = append(all, p)
				return err
			})
	})
	if len(all) > limit {
		all = all[:limit]
		last := all[limit-1]
		next = cursorOf(last.Created, last.ID)
	}
	return all, next, err
}

// cursorOf names a place in the order of moments and ids; readPlace reads it.
func cursorOf(at time.Time, id ident.ID) string {
	return strconv.FormatInt(at.UnixMicro(), 36) + "." + id.String()
}

// readPlace reads where a page begins; the far future for the first.
func readPlace(s string) (at int64, id ident.ID, err error) {
	if s == "" {
		return 1 << 62, id, nil
	}
	micros, rest, _ := strings.Cut(s, ".")
	at, err1 := strconv.ParseInt(micros, 36, 64)
	id, err2 := ident.Parse(rest)
	if err1 != nil || err2 != nil {
		return 0, id, fault.Invalidf("token.cursor", "This is not a cursor of the list of imports: start with the first page.").WithField("cursor")
	}
	return at, id, nil
}
