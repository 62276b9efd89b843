package movein

import (
	"github.com/countersign-auth/countersign/internal/intake"
	"github.com/countersign-auth/countersign/internal/password"
)

// Result is what became of a row.
type Result string

// Results of a row.
const (
	Created   Result = "created"   // all that it brings is, or in a dry run would be, here
	Unchanged Result = "unchanged" // it was here before; nothing was changed
	Duplicate Result = "duplicate" // it came earlier in this file; nothing was changed
	Refused   Result = "refused"   // see code and reason
)

// Codes of refused rows, besides those of package token. They are stable.
const (
	RefusedForm     = "form"           // the row cannot be read
	RefusedNumber   = "number"         // malformed customer number
	RefusedDetails  = "details"        // malformed name or locale
	RefusedContact  = "contact"        // malformed phone, e-mail or postal address
	RefusedPassword = "password"       // no hash that can be taken, or there is one already
	RefusedPolicy   = "no_policy"      // a password, and no policy that takes passwords
	RefusedCustomer = "customer_state" // the customer is suspended or closed
	RefusedPartly   = "partly_here"    // a part of the row is here already
)

// Row is the report of one row.
type Row struct {
	Number  string   `json:"number"`           // normal form; empty when it has none
	Tokens  []string `json:"tokens,omitempty"` // serial numbers, normal form
	Result  Result   `json:"result"`
	Code    string   `json:"code,omitempty"`    // why it was refused, for programs
	Reason  string   `json:"reason,omitempty"`  // why it was not created, for people
	Missing []string `json:"missing,omitempty"` // those of its tokens that are not here
	Row     int      `json:"row"`               // from 1
	Line    int      `json:"line"`              // from 1; where the row begins
}

// Summary counts what an import did, or would do.
type Summary struct {
	Created   int64 `json:"created"`
	Unchanged int64 `json:"unchanged"`
	Duplicate int64 `json:"duplicate"`
	Refused   int64 `json:"refused"`

	Customers int64                     `json:"customers"` // that are new here
	Contacts  int64                     `json:"contacts"`
	Tokens    int64                     `json:"tokens"`         // that have their owner here now
	Missing   int64                     `json:"tokens_missing"` // that the other server knew, and that are not here
	Passwords map[password.Family]int64 `json:"passwords"`
	Digest    string                    `json:"report_sha256"` // SHA-256 of the rows, as JSON lines
}

// Rows returns how many rows there were.
func (s Summary) Rows() int64 { return s.Created + s.Unchanged + s.Duplicate + s.Refused }

// reporter counts rows and reports them.
type reporter struct {
	Summary
	*intake.Report[Row]
}

func newReporter(sink func(Row) error) *reporter {
	return &reporter{Summary: Summary{Passwords: map[password.Family]int64{}}, Report: intake.NewReport(sink)}
}

// add counts an entry and reports its row.
func (r *reporter) add(e *entry) error {
	r.Missing += int64(len(e.said.Missing))
	switch e.said.Result {
	case Created:
		r.created(e)
	case Unchanged:
		r.Unchanged++
	case Duplicate:
		r.Duplicate++
	case Refused:
		r.Refused++
	}
	return r.Add(e.said)
}

func (r *reporter) created(e *entry) {
	r.Created++
	if e.isNew {
		r.Customers++
	}
	r.Contacts += int64(len(e.want.Contacts))
	r.Tokens += int64(len(e.tokens))
	if !e.hash.IsZero() {
		r.Passwords[e.hash.Family()]++
	}
}

// nothing takes back what was counted as created, because none of it stays.
func (r *reporter) nothing() {
	missing := r.Missing
	r.Summary = Summary{Unchanged: r.Unchanged, Duplicate: r.Duplicate, Refused: r.Refused, Missing: missing, Passwords: map[password.Family]int64{}}
}

// summary returns the counts with the digest of the rows so far.
func (r *reporter) summary() Summary {
	s := r.Summary
	s.Digest = r.Report.Digest()
	return s
}
