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

// add prints one row: all of them as JSON, otherwise those that have something to say.
func (r *reportWriter) add(row any, plain string) error {
	if !r.json {
		if plain != "" {
			r.print(plain + "\n")
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

// row is add for a row of tokens.
func (r *reportWriter) row(row token.Row) error {
	plain := ""
	if row.Result != token.Imported || row.Reason != "" {
		plain = fmt.Sprintf("row %d: %s %s: %s", row.Number, row.Serial, row.Result, row.Reason)
	}
	return r.add(row, plain)
}

// close prints the counts, an object of JSON, or as plain text.
func (r *reportWriter) close(counts any, plain string) error {
	if !r.json {
		r.print(plain + "\n")
		return r.err
	}
	b, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	r.print("\n]," + string(b[1:]) + "\n")
	return r.err
}

// end is close for an import of tokens.
func (r *reportWriter) end(s token.Summary, dry bool) error {
	word := "Imported"
	if dry {
		word = "Would import"
	}
	return r.close(struct {
		token.Summary

		DryRun bool `json:"dry_run"`
	}{s, dry}, fmt.Sprintf("%s %d; %d duplicate, %d refused.", word, s.Imported, s.Duplicate, s.Refused))
}
