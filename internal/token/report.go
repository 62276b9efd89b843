package token

import "github.com/countersign-auth/countersign/internal/intake"

// Result is what became of a row.
type Result string

// Results of a row.
const (
	Imported  Result = "imported"  // it is, or in a dry run would be, in stock
	Duplicate Result = "duplicate" // the device or key is there already; nothing was changed
	Refused   Result = "refused"   // see the reason
)

// Row is the report of one row of an import file.
type Row struct {
	Serial    string `json:"serial"`
	KeyID     string `json:"key_id"`
	Algorithm string `json:"algorithm"`
	Result    Result `json:"result"`
	Reason    string `json:"reason"`         // empty when imported without remarks
	Number    int    `json:"row,omitempty"`  // from 1
	Line      int    `json:"line,omitempty"` // from 1; 0 when not known
}

// Summary counts the rows of an import.
type Summary struct {
	Imported  int64  `json:"imported"`
	Duplicate int64  `json:"duplicate"`
	Refused   int64  `json:"refused"`
	Digest    string `json:"report_sha256,omitempty"` // SHA-256 of the rows, as JSON lines
}

// Rows returns how many rows there were.
func (s Summary) Rows() int64 { return s.Imported + s.Duplicate + s.Refused }

// reporter counts rows and reports them.
type reporter struct {
	Summary
	*intake.Report[Row]
}

func newReporter(sink func(Row) error) *reporter {
	return &reporter{Report: intake.NewReport(sink)}
}

func (r *reporter) add(row Row) error {
	switch row.Result {
	case Imported:
		r.Imported++
	case Duplicate:
		r.Duplicate++
	case Refused:
		r.Refused++
	}
	return r.Add(row)
}

// summary returns the counts with the digest of the rows so far.
func (r *reporter) summary() Summary {
	s := r.Summary
	s.Digest = r.Report.Digest()
	return s
}
