package app

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/countersign-auth/countersign/internal/token"
)

// reportWriter prints the report of an import as it comes, so that a million
// rows need no memory.
type reportWriter struct {
	w     io.Writer
	json  bool
	first bool
	err   error
}

func newReportWriter(w io.Writer, asJSON bool) *reportWriter {
	r := &reportWriter{w: w, json: asJSON, first: true}
	if asJSON {
		r.print("{\"rows\":[")
	}
	return r
}

func (r *reportWriter) print(s string) {
	if r.err == nil {
		_, r.err = io.WriteString(r.w, s)
	}
}

// row prints one row: all of them as JSON, otherwise those that need a look.
func (r *reportWriter) row(row token.Row) error {
	if !r.json {
		if row.Result != token.Imported || row.Reason != "" {
			r.print(fmt.Sprintf("row %d: %s %s: %s\n", row.Number, row.Serial, row.Result, row.Reason))
		}
		return r.err
	}
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	if !r.first {
		r.print(",")
	}
	r.first = false
	r.print("\n" + string(b))
	return r.err
}

// end prints the counts.
func (r *reportWriter) end(s token.Summary, dry bool) error {
	if r.json {
		r.print(fmt.Sprintf("\n],\"imported\":%d,\"duplicate\":%d,\"refused\":%d,\"report_sha256\":%q,\"dry_run\":%t}\n", s.Imported, s.Duplicate, s.Refused, s.Digest, dry))
		return r.err
	}
	word := "Imported"
	if dry {
		word = "Would import"
	}
	r.print(fmt.Sprintf("%s %d; %d duplicate, %d refused.\n", word, s.Imported, s.Duplicate, s.Refused))
	return r.err
}
