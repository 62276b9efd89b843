package token

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/intake"
)

// BulkResult is what became of one token of a bulk act.
type BulkResult string

// Results of a token.
const (
	BulkDone      BulkResult = "done"      // it was, or in a dry run would be
	BulkUnchanged BulkResult = "unchanged" // it is in that state already
	BulkRefused   BulkResult = "refused"   // see the reason
)

// BulkRow is the report of one token of a bulk act.
type BulkRow struct {
	Number       int           `json:"row"` // from 1
	Serial       string        `json:"serial"`
	Manufacturer string        `json:"manufacturer,omitempty"`
	From         device.Status `json:"from,omitempty"` // its state before
	Result       BulkResult    `json:"result"`
	Reason       string        `json:"reason"`         // why it was refused; empty otherwise
	Code         string        `json:"code,omitempty"` // the same for programs: "token.unknown", "token.several", "token.state", "token.expired" or the code of a fault
}

// BulkSummary counts the rows of a bulk act.
type BulkSummary struct {
	Done      int64  `json:"done"`
	Unchanged int64  `json:"unchanged"`
	Refused   int64  `json:"refused"`
	Digest    string `json:"report_sha256"` // SHA-256 of the rows, as JSON lines
}

// Rows returns how many rows there were.
func (s BulkSummary) Rows() int64 { return s.Done + s.Unchanged + s.Refused }

// tally counts rows and reports them.
type tally struct {
	BulkSummary
	*intake.Report[BulkRow]
}

func newTally(sink func(BulkRow) error) *tally {
	return &tally{Report: intake.NewReport(sink)}
}

func (t *tally) add(rows []BulkRow) error {
	for _, row := range rows {
		switch row.Result {
		case BulkDone:
			t.Done++
		case BulkUnchanged:
			t.Unchanged++
		case BulkRefused:
			t.Refused++
		}
		if err := t.Add(row); err != nil {
			return err
		}
	}
	return nil
}

func (t *tally) summary() BulkSummary {
	s := t.BulkSummary
	s.Digest = t.Report.Digest()
	return s
}

// judge finds the token of an entry, and says what the act would do with it. The row's
// result is empty when it is to be done.
func (b Bulk) judge(tx *db.Tx, number int, n Named) (row BulkRow, d device.Device, err error) {
	row = BulkRow{Number: number, Serial: n.Serial, Manufacturer: n.Manufacturer}
	refuse := func(code, reason string) { row.Result, row.Code, row.Reason = BulkRefused, "token."+code, reason }
	d, found, err := named(tx, n)
	switch {
	case err != nil:
		return row, d, err
	case found == 0:
		refuse("unknown", "there is no such token")
		return row, d, nil
	case found > 1:
		refuse("several", "several makes have this serial number: name the manufacturer")
		return row, d, nil
	}
	row.Manufacturer, row.From = d.Manufacturer, d.Status
	to, allowed := b.Act.To(d.Status)
	switch {
	case b.Act == device.Extend && allowed && d.Expires.Equal(*b.Ends), b.Act != device.Extend && !allowed && d.Status == b.goal():
		row.Result = BulkUnchanged
	case !allowed:
		refuse("state", "it is "+string(d.Status))
	case b.Act == device.Resume && d.Expired(tx.Now):
		refuse("expired", "its life is over since "+d.Expires.Format(time.DateOnly))
	case to == d.Status && b.Act != device.Extend:
		row.Result = BulkUnchanged
	}
	return row, d, nil
}

// goal is the state that the act leads to.
func (b Bulk) goal() device.Status {
	for _, from := range device.Statuses() {
		if to, allowed := b.Act.To(from); allowed {
			return to
		}
	}
	return ""
}

// row carries the act out on one entry.
func (c *Care) row(tx *db.Tx, by audit.Actor, bulk ident.ID, b Bulk, number int) (BulkRow, error) {
	row, d, err := b.judge(tx, number, b.Tokens[number-1])
	if err != nil || row.Result != "" {
		return row, err
	}
	ch := device.Change{Act: b.Act, Note: b.Reason}
	if b.Ends != nil {
		ch.Ends = *b.Ends
	}
	o := Order{Device: d.ID, Reason: b.Reason, EvenLast: b.EvenLast}
	_, err = c.do(tx, by, o, d, ch, map[string]any{"bulk": bulk})
	if err != nil && fault.KindOf(err) == fault.Conflict { // nothing was changed
		row.Result, row.Code, row.Reason = BulkRefused, fault.From(err).Code, fault.From(err).Detail
		return row, nil
	}
	row.Result = BulkDone
	return row, err
}
